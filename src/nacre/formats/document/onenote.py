"""OneNote sections (.one): the files that were put into them.

Layout: a revision store, in which each file stands in one piece: a GUID, the length, 12 bytes,
the data, padding to eight bytes, another GUID.
Spec: MS-ONESTORE 2.6.13 (FileDataStoreObject). Yields one Child per object, found by its GUID
wherever it stands, as ClamAV does with sections it cannot read otherwise. Of names, which are
properties of pages, only the extensions are read (parsers/onenote.py), and no text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.onenote import extensions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
_FOOTER: Final = bytes.fromhex("22a7fb71790f0b4abb13899256426b24")
_LENGTH: Final = 8
_RESERVED: Final = 12
_PROBLEMS: Final = 20


class OneNoteHandler:
    """Takes files out of OneNote sections."""

    TYPES: ClassVar = frozenset({FileType.ONENOTE})
    OPTION: ClassVar = "scan_onenote"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        size = len(data)
        count, problems, at = 0, 0, 0
        footer = -1
        known = extensions(data, budget)
        while (found := data.find(_HEADER, at, size)) >= 0:
            budget.check_time()
            count += 1
            at = found + len(_HEADER)
            start = at + _LENGTH + _RESERVED
            length = int.from_bytes(data.read(at, _LENGTH), "little")
            if length > size - start:
                problems += 1
                if problems <= _PROBLEMS:
                    yield Problem(
                        f"file {count}: {length} bytes promised, {max(0, size - start)} present"
                    )
                if footer < start:
                    end = data.find(_FOOTER, start, size)
                    footer = end if end >= 0 else size
                length = max(0, footer - start)
            elif length:
                at = start + length
            name = b"file %d%s" % (count, known.get(found, "").encode())
            yield from stored_member(data.slice(start, length), name, length, budget)
