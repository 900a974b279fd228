"""Files of MS-DOS's COMPRESS.EXE (``SETUP.EX_``), the newer of its forms; also that of QuickBASIC.

Layout: a magic of 8 bytes, ``A`` for the method, the last letter of the name, the size of the
content (in the other form a shorter magic and the size), LZSS over a ring of 4 KiB.
Source: the format as libmspack's documentation describes it. Yields one Child. ClamAV does not know
the form of QuickBASIC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import kwaj
from nacre.formats.base import only_child
from nacre.model.errors import Corrupt, Unsupported
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"SZDD\x88\xf0\x27\x33"
_BASIC_MAGIC: Final = b"SZ \x88\xf0\x27\x33\xd1"
_METHOD: Final = b"A"


class SzddHandler:
    """Unpacks files of COMPRESS.EXE."""

    TYPES: ClassVar = frozenset({FileType.MSSZDD})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        reader = Reader(data)
        magic = reader.take(len(_MAGIC))
        if magic == _MAGIC:
            if reader.take(len(_METHOD)) != _METHOD:
                raise Unsupported("compressed by another method than A")
            reader.skip(1)
        elif magic != _BASIC_MAGIC:
            raise Corrupt("no header of COMPRESS.EXE")
        size = reader.u32le()
        form = "szdd" if magic == _MAGIC else "kwaj"
        decoded = kwaj.decode(reader.view(reader.remaining), budget, form)
        yield from only_child(decoded, budget)
        if decoded.status == "done" and len(decoded.data) < size:
            yield Problem(f"{len(decoded.data)} of {size} bytes present")
