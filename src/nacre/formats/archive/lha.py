"""LHA archives (.lzh, .lha).

Layout: members, each a header of one of four levels and its data; a byte 0 ends the archive. Levels
0 and 1 have the name in the header, 1 to 3 a chain of extended headers for it, for the folder, and
for sizes of 64 bits. Spec: header.doc of LHa for UNIX. Yields one Member and one Child per member
that is no folder. Not decoded: methods lh2 and lh3, which are reported.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import lha
from nacre.codecs.checksum import Checksum
from nacre.formats.base import behind, few_problems, label, sized_member, stored_member
from nacre.model.errors import Corrupt, FormatError, Truncated
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_LEVEL_AT: Final = 20
_METHOD_AT: Final = 2
_FIXED: Final = 22
_CRC_AT: Final = 21
"""In headers of level 2 and 3."""
"""Bytes that all levels begin with: sizes, method, time, attribute, level, one more."""
_STORED: Final = frozenset({b"-lh0-", b"-lz4-", b"-pm0-"})
_DIRECTORY: Final = b"-lhd-"
_NAME: Final = 1
_FOLDER: Final = 2
_LARGE_SIZES: Final = 0x42
_FOLDER_END: Final = b"\xff"


class _Header(NamedTuple):  # a tuple, because one is made per member
    method: bytes
    name: bytes
    packed: int
    size: int
    crc: int | None = None


class LhaHandler:
    """Unpacks LHA archives."""

    TYPES: ClassVar = frozenset({FileType.LHA_LZH})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        reader = Reader(data)
        yield from few_problems(_members(reader, budget))
        if reader.peek(1) == b"\0":
            yield from behind(data, reader.position, b"behind the archive", budget)


def _members(reader: Reader, budget: Budget) -> Iterator[Event]:
    position = 0
    while reader.remaining and reader.peek(1) != b"\0":
        budget.check_time()
        try:
            header = _header(reader)
        except FormatError as error:
            if not position:
                raise
            yield Problem(f"after {position} members: {error}")
            return
        packed = reader.view(header.packed)
        if header.method == _DIRECTORY:
            continue
        yield Member(header.name, header.packed, header.size, position)
        position += 1
        yield from _member(header, packed, budget)


def _header(reader: Reader) -> _Header:
    start = reader.position
    fixed = reader.take(_FIXED)
    method, level = fixed[_METHOD_AT : _METHOD_AT + 5], fixed[_LEVEL_AT]
    if not (method.startswith(b"-") and method.endswith(b"-")):
        raise Corrupt(f"no header at {start}")
    packed, size = (int.from_bytes(fixed[at : at + 4], "little") for at in (7, 11))
    if level == 0:
        name = reader.take(fixed[-1])
        # Very old headers end with the name.
        crc = reader.u16le() if start + 2 + fixed[0] >= reader.position + 2 else None
        reader.seek(max(reader.position, start + 2 + fixed[0]))
        return _named(_Header(method, name, packed, size, crc), b"")
    if level == 1:
        name = reader.take(fixed[-1])
        crc = reader.u16le()
        reader.seek(max(reader.position, start + fixed[0]))
        data_starts_behind = reader.position + 2
        header = _extended(reader, _Header(method, name, packed, size, crc), 2)
        behind = reader.position - data_starts_behind
        return header._replace(packed=max(0, header.packed - behind))
    if level == 2:  # noqa: PLR2004 as the others
        reader.seek(start + _CRC_AT)
        crc = reader.u16le()
        reader.seek(start + 24)
        header = _extended(reader, _Header(method, b"", packed, size, crc), 2)
        _leave(reader, start, int.from_bytes(fixed[:2], "little"))
        return header
    if level == 3:  # noqa: PLR2004 as the others
        reader.seek(start + _CRC_AT)
        crc = reader.u16le()
        reader.seek(start + 24)
        whole = reader.u32le()
        header = _extended(reader, _Header(method, b"", packed, size, crc), 4)
        _leave(reader, start, whole)
        return header
    raise Corrupt(f"a header of level {level}")


def _leave(reader: Reader, start: int, size: int) -> None:
    """Go to the end of a header, unless what was read of it goes further."""
    if size > reader.position - start + reader.remaining:
        raise Truncated(f"a header of {size} bytes")
    reader.seek(max(reader.position, start + size))


def _extended(reader: Reader, header: _Header, width: int) -> _Header:
    """The header with what its extended headers say; each ends with the size of the next."""
    folder = b""
    while size := int.from_bytes(reader.take(width), "little"):
        if size <= width:
            raise Corrupt(f"an extended header of {size} bytes")
        kind = reader.u8()
        body = reader.peek(size - width - 1)
        reader.skip(size - width - 1)
        if kind == _NAME:
            header = header._replace(name=body)
        elif kind == _FOLDER:
            folder = body
        elif kind == _LARGE_SIZES:
            packed, whole = (int.from_bytes(body[at : at + 8], "little") for at in (0, 8))
            header = header._replace(packed=packed, size=whole)
    return _named(header, folder)


def _named(header: _Header, folder: bytes) -> _Header:
    path = folder.replace(_FOLDER_END, b"/") + header.name.partition(b"\0")[0]
    return header._replace(name=path.replace(b"\\", b"/"))


def _member(header: _Header, packed: Fmap, budget: Budget) -> Iterator[Event]:
    checksum = None if header.crc is None else Checksum("crc16", header.crc)
    if header.method in _STORED:
        whole = checksum if len(packed) == header.packed else None
        if len(packed) < header.packed:
            yield Problem(f"{label(header.name)}: {len(packed)} of {header.packed} bytes present")
        yield from stored_member(packed, header.name, len(packed), budget, checksum=whole)
        return
    method = header.method.decode("latin-1")
    if header.method not in lha.METHODS:
        yield Problem(f"{label(header.name)}: method {method} is not decoded")
        return
    decode = partial(lha.decode, packed, budget, method.strip("-"), header.size)
    yield from sized_member(decode, header.name, header.size, budget, checksum=checksum)
