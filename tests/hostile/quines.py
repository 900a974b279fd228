"""Archives whose only member is the archive itself, byte for byte: they can be unpacked for ever.

The stream prints itself. It is made of stored blocks ("print the next so many bytes") and of blocks
that repeat what was printed last, all of them five bytes long. Source: Russ Cox, "Zip Files All The
Way Down" (2010); blocks and codes: RFC 1951, 3.2.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from hostile.case import MARK, Case

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_BLOCK = 5
_FRONT = 60
"""Bytes before the stream. What repeats them and a block, 65, fits in exactly one block."""
_NAME = MARK + b"itself".ljust(21, b"-")
_NOTHING = "010" + "0" * 7
"""A block of fixed codes that ends at once."""


def _stored(blocks: int, *, more: int = 0, last: bool = False) -> bytes:
    """Print the next bytes, so many blocks' and more."""
    size = blocks * _BLOCK + more
    return struct.pack("<BHH", last, size, size ^ 0xFFFF)


def _code(number: int, first: int, step: int) -> tuple[int, str]:
    """Code and further bits of a length (first 3, step 4) or distance (first 1, step 2)."""
    code, low, extra = 0, first, 0
    while low + (1 << extra) <= number:
        low += 1 << extra
        code += 1
        extra = max(0, code // step - 1)
    return code, f"{number - low:0{extra}b}"[::-1] if extra else ""


def _match(size: int, distance: int) -> str:
    """Its bits in the order of the stream; `size` below 115."""
    length, length_more = _code(size, 3, 4)
    back, back_more = _code(distance, 1, 2)
    return f"{length + 1:07b}{length_more}{back:05b}{back_more}"


def _repeat(*sizes: int) -> str:
    """The bits of a block that prints once more what came last, as much as `sizes` together."""
    return "010" + "".join(_match(size, sum(sizes)) for size in sizes) + "0" * 7


def _packed(bits: str) -> bytes:
    return int(bits[::-1], 2).to_bytes(-(-len(bits) // 8), "little")


def _lay(front: bytes, back: bytes) -> bytes:
    """All of it: `front`, a stream that prints everything here, and `back`."""
    assert len(front) == _FRONT
    front_again = _packed(_repeat(_FRONT + _BLOCK) + _NOTHING)
    group_again = _packed(_repeat(2 * _BLOCK, 2 * _BLOCK))
    assert len(front_again) == len(group_again) == _BLOCK
    tail = b""
    for _ in range(5):  # how long it is, it must know itself
        count = len(tail) // 100 + 1
        sizes = [(len(tail) + place) // count for place in range(count)]
        tail = _packed(_repeat(*sizes) + "100") + b"\0\0\xff\xff" + back
    assert sum(sizes) == len(tail)
    return b"".join([
        front, _stored(1, more=_FRONT), front, _stored(1, more=_FRONT), front_again,
        _stored(1), front_again, _stored(1), _stored(1),
        _stored(4), front_again, _stored(1), _stored(1), _stored(4), group_again,
        _stored(4), group_again, _stored(4), group_again, _stored(4), group_again,
        _stored(4), group_again, _stored(0), _stored(0), _stored(0, more=len(tail)), group_again,
        _stored(0), _stored(0), _stored(0, more=len(tail)), tail, tail,
    ])  # fmt: skip


def _printing_itself(
    front: Callable[[int, int, int], bytes], back: Callable[[int, int, int], bytes]
) -> bytes:
    """The archive whose checksum is in itself.

    Args:
        front: makes what is before the stream, of checksum and size of the member, and size of the
            stream.
        back: the same for what is behind.
    """
    whole = len(_lay(front(0, 0, 0), back(0, 0, 0)))
    packed = whole - _FRONT - len(back(0, 0, 0))

    def made(crc: int) -> bytes:
        return _lay(front(crc, whole, packed), back(crc, whole, packed))

    # The checksum of what it is in is that of zero, and a bit of it changes always the same bits
    # of that: linear equations, which have a solution for most names.
    base = zlib.crc32(made(0))
    rows: list[tuple[int, int]] = []  # (bits that differ, by which bits of the checksum)
    for bit in range(32):
        change, by = zlib.crc32(made(1 << bit)) ^ base ^ 1 << bit, 1 << bit
        for other, other_by in rows:
            if change ^ other < change:
                change, by = change ^ other, by ^ other_by
        if change:
            rows = sorted([*rows, (change, by)], reverse=True)
    rest, crc = base, 0
    for change, by in rows:
        if rest ^ change < rest:
            rest, crc = rest ^ change, crc ^ by
    assert rest == 0
    return made(crc)


def gzip_of_itself(path: Path) -> None:
    def front(_crc: int, _whole: int, _packed: int) -> bytes:
        return b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + _NAME.ljust(_FRONT - 11, b"-") + b"\0"

    def back(crc: int, whole: int, _packed: int) -> bytes:
        return struct.pack("<II", crc, whole)

    data = _printing_itself(front, back)
    assert zlib.decompress(data, 31) == data
    path.write_bytes(data)


def zip_of_itself(path: Path) -> None:
    def fields(crc: int, whole: int, packed: int) -> bytes:
        head = struct.pack("<5H3I2H", 20, 0, 8, 0, 33, crc, packed, whole, len(_NAME), 0)
        assert len(head) == 26
        return head

    def front(crc: int, whole: int, packed: int) -> bytes:
        return b"PK\3\4" + fields(crc, whole, packed) + _NAME

    def back(crc: int, whole: int, packed: int) -> bytes:
        directory = b"PK\1\2\x14\0" + fields(crc, whole, packed) + bytes(14) + _NAME
        end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(directory), _FRONT + packed, 0)
        return directory + end

    data = _printing_itself(front, back)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read(archive.namelist()[0]) == data
    path.write_bytes(data)


CASES = (
    Case("gzip-of-itself", gzip_of_itself, told="MaxRecursion"),
    Case("zip-of-itself", zip_of_itself, told="MaxRecursion"),
)
