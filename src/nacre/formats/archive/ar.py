"""Unix ar archives (.a), and with them Debian packages (.deb).

Layout: 8-byte magic, then members of a 60-byte header in ASCII and data padded to two bytes. Names
that do not fit are in a member ``//`` (System V, GNU) or in front of the data (BSD, ``#1/length``).
Spec: ar(5), deb(5). Yields one Child per member, symbol tables included. A thin archive, which only
names files, has none. ClamAV does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader, ascii_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"!<arch>\n"
_HEADER_SIZE: Final = 60
_NAME: Final = slice(0, 16)
_SIZE: Final = slice(48, 58)
_END: Final = slice(58, 60)
_LONG_NAMES: Final = b"//"
_LONG_NAMES_SIZE: Final = 1 << 20
_BSD_NAME: Final = b"#1/"
_LONGEST_NAME: Final = 4096


class ArHandler:
    """Unpacks ar archives."""

    TYPES: ClassVar = frozenset({FileType.AR})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        reader = Reader(data)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise Corrupt("not an ar archive")
        long_names = b""
        while reader.remaining:
            budget.check_time()
            header = reader.take(_HEADER_SIZE)
            size = ascii_decimal(header[_SIZE].rstrip(b" "))
            if header[_END] != b"`\n" or size is None:
                raise Corrupt(f"no member header at {reader.position - _HEADER_SIZE}")
            name = header[_NAME].rstrip(b" ")
            body = reader.view(size)
            reader.skip(size & 1)
            if name == _LONG_NAMES:
                long_names = body.read(0, _LONG_NAMES_SIZE)
                continue
            name, content = _resolved(name, body, long_names)
            if len(body) < size:
                yield Problem(f"{label(name)}: {size} bytes promised, {len(body)} present")
            yield from stored_member(content, name, size, budget)


def _resolved(name: bytes, body: Fmap, long_names: bytes) -> tuple[bytes, Fmap]:
    """The name wherever it is stored, and the content without it."""
    if name.startswith(_BSD_NAME):
        length = ascii_decimal(name.removeprefix(_BSD_NAME))
        if length is not None and length <= min(len(body), _LONGEST_NAME):
            content = body.slice(length, len(body) - length)
            return body.read(0, length).rstrip(b"\0"), content
    elif name.startswith(b"/"):
        start = ascii_decimal(name[1:])
        if start is not None:
            return long_names[start : start + _LONGEST_NAME].partition(b"/\n")[0], body
    return name.removesuffix(b"/"), body
