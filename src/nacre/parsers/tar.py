"""The structures of a tar file.

Layout: blocks of 512 bytes; each member is a header block, in GNU's old sparse form with more
blocks of its map, and its data padded to whole blocks. Long names and sizes come in members of
their own before.
Spec: POSIX pax interchange format (ustar and pax), GNU tar manual, "Basic Tar Format" and "Storing
Sparse Files", for Unix V7 tar tar(5) of FreeBSD.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.fmap import Fmap, Spool
from nacre.parsers.reader import Reader, ascii_decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK: Final = 512
_HEADER: Final = struct.Struct("<100s24x12s12x8sc100x8s80x155s12x")
_CHECKSUM: Final = slice(148, 156)
_POSIX: Final = b"ustar\x00"
_BLANKS: Final = b" " * 8
_HALF: Final = BLOCK // 2
_NUMBER: Final = re.compile(rb"[\s\0]*\+?([0-7]{1,22})")

_OLD_MAP: Final = slice(386, 482)
_OLD_EXTENDED: Final = 482
_OLD_REAL_SIZE: Final = slice(483, 495)
_MORE_MAP: Final = slice(0, 504)
_MORE_EXTENDED: Final = 504
_EXTENTS: Final = 1 << 16
_EXPANDED: Final = 256 << 20  # where no limit is set, holes still are not worth more
_ZEROS: Final = bytes(64 << 10)
_IN_MEMORY: Final = 8 << 20
_ASCII: Final = bytes(range(0x80))

Extent = tuple[int, int]
"""Where a stretch of data belongs in a sparse file, and its length."""


class Header(NamedTuple):  # a tuple, because one is made per member
    """A member's header."""

    name: bytes
    type: bytes
    size: int | None
    """None when the field holds no number."""


def header(block: bytes) -> Header | None:
    """The header in `block`, or None when its checksum says that it is none."""
    name, size, checksum, kind, magic, prefix = _HEADER.unpack(block)
    stored = _NUMBER.match(checksum)
    if stored is None or not _adds_up(block, int(stored[1], 8)):
        return None
    name = name.partition(b"\0")[0]
    if magic.startswith(_POSIX) and (folder := prefix.partition(b"\0")[0]):
        name = folder + b"/" + name
    return Header(name, kind, number(size))


def number(field: bytes) -> int | None:
    """A numeric field: octal digits, whatever follows them, or GNU's binary form."""
    if field[0] & 0x80:
        # Two's complement with the top bit as the mark; the bit below it is the sign.
        return (
            None if field[0] & 0x40 else int.from_bytes(field, "big") & ~(1 << 8 * len(field) - 1)
        )
    digits = _NUMBER.match(field)
    return int(digits[1], 8) if digits else None if field.strip(b" \0") else 0


def pax_records(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keyword-value pairs of a pax header, up to the first that is damaged."""
    at = 0
    while (space := body.find(b" ", at, at + 21)) > at:
        length = ascii_decimal(body[at:space])
        if length is None or length <= space - at + 1 or at + length > len(body):
            return
        keyword, equals, value = body[space + 1 : at + length - 1].partition(b"=")
        if not equals:
            return
        yield keyword, value
        at += length


def old_sparse(block: bytes, reader: Reader) -> tuple[list[Extent], int]:
    """Map and real size of a GNU sparse member; reads on over the blocks that continue the map."""
    extents = list(_old_extents(block[_OLD_MAP]))
    more = block[_OLD_EXTENDED] != 0
    while more and reader.remaining >= BLOCK and len(extents) < _EXTENTS:
        following = reader.take(BLOCK)
        extents += _old_extents(following[_MORE_MAP])
        more = following[_MORE_EXTENDED] != 0
    return extents, number(block[_OLD_REAL_SIZE]) or 0


def pax_sparse(records: list[tuple[bytes, bytes]], stored: Fmap) -> tuple[list[Extent], int, Fmap]:
    """Map, real size and data of a sparse member as pax tells of it, in any version."""
    last = dict(records)
    real = ascii_decimal(last.get(b"GNU.sparse.realsize", last.get(b"GNU.sparse.size", b""))) or 0
    if last.get(b"GNU.sparse.major") == b"1":
        numbers, data = _leading_map(stored)
    elif b"GNU.sparse.map" in last:
        numbers, data = last[b"GNU.sparse.map"].split(b",")[: 2 * _EXTENTS], stored
    else:
        wanted = (b"GNU.sparse.offset", b"GNU.sparse.numbytes")
        numbers, data = [value for keyword, value in records if keyword in wanted], stored
    values = [ascii_decimal(digits) or 0 for digits in numbers]
    return list(zip(values[::2], values[1::2], strict=False)), real, data


def expand(
    stored: Fmap, extents: Iterable[Extent], real: int, bound: int, directory: str
) -> Fmap | None:
    """The sparse file with its holes, or None if larger than `bound` or its map is disordered."""
    if real > min(bound, _EXPANDED):
        return None
    spool = Spool(directory, _IN_MEMORY)
    taken = 0
    for offset, size in extents:
        if offset < len(spool) or offset + size > real:
            return None
        _fill(spool, offset)
        for at in range(taken, taken + size, len(_ZEROS)):
            spool.write(stored.read(at, min(len(_ZEROS), taken + size - at)))
        taken += size
    _fill(spool, real)
    return spool.finish()


def _adds_up(block: bytes, stored: int) -> bool:
    summed = block[: _CHECKSUM.start] + _BLANKS + block[_CHECKSUM.stop :]
    # The low half of Adler-32 is one plus the sum of the bytes, thirty times as fast as sum(); of
    # half a block, because the sum of a whole one may be beyond its modulus.
    total = sum((zlib.adler32(half) & 0xFFFF) - 1 for half in (summed[:_HALF], summed[_HALF:]))
    # Some old programs added signed characters.
    return stored in (total, total - 256 * _high(summed))


def _high(block: bytes) -> int:
    return len(block.translate(None, _ASCII))


def _old_extents(raw: bytes) -> Iterator[Extent]:
    for at in range(0, len(raw), 24):
        offset, size = number(raw[at : at + 12]), number(raw[at + 12 : at + 24])
        if offset is None or not size:
            return
        yield offset, size


def _leading_map(stored: Fmap) -> tuple[list[bytes], Fmap]:
    """Version 1.0: numbers on lines before the data, their count first, padded to a block."""
    text = stored.read(0, 44 * _EXTENTS)
    count = ascii_decimal(text[:20].partition(b"\n")[0]) or 0
    lines = text.split(b"\n", 2 * min(count, _EXTENTS) + 1)
    size = sum(len(line) + 1 for line in lines[:-1])
    start = -(-size // BLOCK) * BLOCK
    return lines[1:-1], stored.slice(start, len(stored))


def _fill(spool: Spool, end: int) -> None:
    while (hole := end - len(spool)) > 0:
        spool.write(_ZEROS if hole >= len(_ZEROS) else bytes(hole))
