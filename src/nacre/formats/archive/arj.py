"""ARJ archives (.arj), also behind the program that unpacks them.

Layout: headers ``60 EA``, each a size, fields, name and comment, a checksum, and extended headers;
the first is the archive's, the others stand before the data of a member; a size of 0 ends the
archive.
Spec: TECHNOTE.TXT of ARJ. Yields one Member per entry with a name, and one Child per file. Methods
0 to 4 are decoded; encrypted ("garbled") members are reported. Of a volume that is one of several
the parts are scanned as far as they go. ClamAV gives no alert for encryption here, so nacre gives
none.
"""

from __future__ import annotations

import struct
import zlib
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import lha
from nacre.codecs.checksum import Checksum
from nacre.formats.base import few_problems, label, sized_member, stored_member
from nacre.model.errors import Corrupt, FormatError, Truncated
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"\x60\xea"
_FIELDS: Final = struct.Struct("<B3xBBB5x3I")
"""Size of these fields, flags, method, kind; sizes packed and not, checksum."""
_SMALLEST: Final = 30
_LARGEST: Final = 2600
_CHECKSUM: Final = 4

_GARBLED: Final = 1
_GOES_ON: Final = 1 << 2
_WENT_ON: Final = 1 << 3
_STORED: Final = 0
_HUFFMAN: Final = (1, 2, 3)
_FASTEST: Final = 4
_DIRECTORY: Final = 3
_WITHOUT_DATA: Final = (_DIRECTORY, 4, 5)
"""Kinds: directory, label of a disk, chapter."""


class _Header(NamedTuple):  # a tuple, because one is made per member
    name: bytes
    flags: int
    method: int
    kind: int
    packed: int
    size: int
    crc: int
    sound: bool


class ArjHandler:
    """Unpacks ARJ archives."""

    TYPES: ClassVar = frozenset({FileType.ARJ, FileType.ARJSFX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        reader = Reader(data)
        archive = _header(reader)
        # ClamAV compares the checksum only behind a program, where the magic may be chance.
        if archive is None or not (archive.sound or reader.peek(len(_MAGIC)) == _MAGIC):
            raise Corrupt("no archive header")
        yield from few_problems(_members(reader, budget))


def _members(reader: Reader, budget: Budget) -> Iterator[Event]:
    position = 0
    while True:
        budget.check_time()
        try:
            header = _header(reader)
        except FormatError as error:
            yield Problem(f"after {position} members: {error}")
            return
        if header is None:
            return
        position += 1
        encrypted = bool(header.flags & _GARBLED)
        yield Member(header.name, header.packed, header.size, position, encrypted)
        packed = reader.view(header.packed)
        if header.kind in _WITHOUT_DATA:
            continue
        if encrypted:
            yield Problem(f"{label(header.name)}: encrypted")
            continue
        yield from _member(header, packed, budget)
        if header.flags & _WENT_ON:
            yield Problem(f"{label(header.name)}: begins in the volume before")
        if header.flags & _GOES_ON:
            yield Problem(f"{label(header.name)}: goes on in the next volume")


def _header(reader: Reader) -> _Header | None:
    """The next header; None at the end of the archive."""
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise Corrupt(f"no header at {reader.position - len(_MAGIC)}")
    size = reader.u16le()
    if not size:
        return None
    if not _SMALLEST <= size <= _LARGEST:
        raise Corrupt(f"a header of {size} bytes")
    fields = reader.peek(size)
    if not _is_sound(reader, fields) or len(fields) < size:
        fields = _up_to_comment(reader.peek(_LARGEST))
    sound = _is_sound(reader, fields)
    reader.skip(len(fields) + _CHECKSUM)
    while extended := reader.u16le():
        reader.skip(extended + _CHECKSUM)
    first, flags, method, kind, packed, content, crc = _FIELDS.unpack_from(fields)
    name = fields[first:].partition(b"\0")[0]
    return _Header(name, flags, method, kind, packed, content, crc, sound)


def _is_sound(reader: Reader, fields: bytes) -> bool:
    """Whether the checksum of a header's fields, which are what comes next, stands behind them."""
    stated = reader.peek(len(fields) + _CHECKSUM)[len(fields) :]
    return zlib.crc32(fields) == int.from_bytes(stated, "little")


def _up_to_comment(raw: bytes) -> bytes:
    """The fields of a header whose size or checksum is wrong: to the end of its two texts."""
    name_end = raw.find(b"\0", max(raw[0], _SMALLEST)) if raw else -1
    end = raw.find(b"\0", name_end + 1)
    if name_end < 0 or end < 0:
        raise Truncated("a header without an end")
    return raw[: end + 1]


def _member(header: _Header, packed: Fmap, budget: Budget) -> Iterator[Event]:
    checksum = Checksum("crc32", header.crc) if not header.flags & _GOES_ON else None
    if header.method == _STORED:
        if len(packed) < header.packed:
            yield Problem(f"{label(header.name)}: {len(packed)} of {header.packed} bytes present")
        whole = checksum if len(packed) == header.packed else None
        yield from stored_member(packed, header.name, len(packed), budget, checksum=whole)
        return
    if header.method in _HUFFMAN:
        method = "arj"
    elif header.method == _FASTEST:
        method = "arj-fastest"
    else:
        yield Problem(f"{label(header.name)}: method {header.method} is not decoded")
        return
    decode = partial(lha.decode, packed, budget, method, header.size)
    yield from sized_member(decode, header.name, header.size, budget, checksum=checksum)
