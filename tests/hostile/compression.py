"""Compressed streams that are small and become large, or never end."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from typing import TYPE_CHECKING

from hostile.case import MARK, Case, deflated_zeros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MIB = 1 << 20
_GZIP = 31
_WINDOW = 0x58
"""Of zstd: 2 MiB."""


def _run(compressor: Callable[[bytes], bytes], flush: Callable[[], bytes], size: int) -> bytes:
    """So many zeros, compressed a piece at a time."""
    pieces = [compressor(bytes(_MIB)) for _ in range(size // _MIB)]
    return b"".join([*pieces, flush()])


def _gzip(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=_GZIP)
    return _run(packer.compress, packer.flush, size)


def _twice(data: bytes) -> bytes:
    return zlib.compress(data, 9, _GZIP)


def gzip_of_four_gigabytes(path: Path) -> None:
    """Zeros, and compressed once more: a few kilobytes. Nobody comes to the checksum."""
    zeros = zlib.compress(b"", 9, _GZIP)[:10] + deflated_zeros(4096 * _MIB) + bytes(8)
    path.write_bytes(_twice(zeros))


def gzip_in_gzip(path: Path) -> None:
    """A hundred deep."""
    data = MARK * 3
    for _ in range(100):
        data = _twice(data)
    path.write_bytes(data)


def gzip_of_many_members(path: Path) -> None:
    path.write_bytes(zlib.compress(b"", 1, _GZIP) * 200_000 + _gzip(300 * _MIB))


def bzip2_bomb(path: Path) -> None:
    packer = bz2.BZ2Compressor(9)
    path.write_bytes(bz2.compress(_run(packer.compress, packer.flush, 512 * _MIB)))


def bzip2_of_many_streams(path: Path) -> None:
    path.write_bytes(bz2.compress(bytes(10 * _MIB)) * 100)


def xz_bomb(path: Path) -> None:
    packer = lzma.LZMACompressor(lzma.FORMAT_XZ, preset=0)
    path.write_bytes(_run(packer.compress, packer.flush, 512 * _MIB))


def xz_in_xz(path: Path) -> None:
    data = MARK * 3
    for _ in range(60):
        data = lzma.compress(data, lzma.FORMAT_XZ, preset=0)
    path.write_bytes(data)


def xz_with_a_window_of_gigabytes(path: Path) -> None:
    """The filter's property is changed to a window of 4 GiB, and its checksum with it."""
    data = bytearray(lzma.compress(MARK * 3, lzma.FORMAT_XZ, preset=0))
    size = (data[12] + 1) * 4
    at = data.index(b"\x21\x01", 12) + 2
    data[at] = 40
    struct.pack_into("<I", data, 12 + size - 4, zlib.crc32(data[12 : 12 + size - 4]))
    path.write_bytes(data)


def lzma_with_a_window_of_gigabytes(path: Path) -> None:
    data = bytearray(lzma.compress(bytes(300 * _MIB), lzma.FORMAT_ALONE, preset=0))
    struct.pack_into("<I", data, 1, 0xFFFFFFFF)
    path.write_bytes(data)


def _zstd(blocks: Iterable[bytes], head: bytes = bytes([0, _WINDOW])) -> bytes:
    return b"\x28\xb5\x2f\xfd" + head + b"".join(blocks)


def _repeated(count: int, *, last: bool) -> bytes:
    """A block of one letter, 128 KiB long."""
    block = struct.pack("<I", 131_072 << 3 | 1 << 1)[:3] + b"z"
    end = struct.pack("<I", 131_072 << 3 | 1 << 1 | 1)[:3] + b"z"
    return block * count + (end if last else b"")


def zstd_bomb(path: Path) -> None:
    """Four bytes for every 128 KiB."""
    path.write_bytes(_zstd([_repeated(100_000, last=True)]))


def zstd_of_many_frames(path: Path) -> None:
    skippable = struct.pack("<II", 0x184D2A50, 0)
    path.write_bytes(skippable * 300_000 + _zstd([_repeated(3000, last=True)]))


def zstd_with_a_window_of_terabytes(path: Path) -> None:
    path.write_bytes(_zstd([_repeated(10, last=True)], bytes([0, 0xFF])))


def compress_bomb(path: Path) -> None:
    """LZW of one letter: codes that grow by one letter each (compress's .Z)."""
    bits = count = 0
    out = bytearray(b"\x1f\x9d\x90")
    width, code = 9, 256
    codes = [0x41] + [257 + number for number in range(65_000)]
    for number, value in enumerate(codes):
        bits |= value << count
        count += width
        code += number > 0
        while count >= 8:
            out.append(bits & 0xFF)
            bits >>= 8
            count -= 8
        if code >= (1 << width) - 1 and width < 16:
            # Codes come in groups of eight; the rest of the last one is filled.
            used = number + 1
            rest = -used % 8 * width if width == 9 else 0
            count += rest
            width += 1
    out.append(bits & 0xFF)
    path.write_bytes(out)


def szdd_that_repeats_itself(path: Path) -> None:
    """SZDD that promises 4 GiB, all of it one match that repeats itself."""
    head = b"SZDD\x88\xf0\x27\x33A_" + struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(head[:9] + b"_" + struct.pack("<I", 0xFFFFFFFF) + b"\0\xf0\xff" * 2_000_000)


CASES = (
    Case("gzip-of-four-gigabytes", gzip_of_four_gigabytes, found=False, told="MaxFileSize"),
    Case("gzip-in-gzip", gzip_in_gzip, found=False, told="MaxRecursion"),
    Case("gzip-of-many-members", gzip_of_many_members, found=False, told="MaxFileSize"),
    Case("bzip2-bomb", bzip2_bomb, found=False, told="MaxFileSize"),
    Case("bzip2-of-many-streams", bzip2_of_many_streams, found=False, told="MaxFileSize"),
    Case("xz-bomb", xz_bomb, found=False, told="MaxFileSize"),
    Case("xz-in-xz", xz_in_xz, found=False, told="MaxRecursion"),
    Case(
        "xz-with-a-window-of-gigabytes",
        xz_with_a_window_of_gigabytes,
        found=False,
        told="too large a dictionary",
    ),
    Case(
        "lzma-with-a-window-of-gigabytes",
        lzma_with_a_window_of_gigabytes,
        found=False,
        told="too large a dictionary",
    ),
    Case("zstd-bomb", zstd_bomb, found=False, told="MaxFileSize"),
    Case("zstd-of-many-frames", zstd_of_many_frames, found=False, told="MaxFileSize"),
    Case(
        "zstd-with-a-window-of-terabytes",
        zstd_with_a_window_of_terabytes,
        found=False,
        told="too large a dictionary",
    ),
    Case("compress-bomb", compress_bomb, found=False, told="MaxFileSize"),
    Case(
        "szdd-that-repeats-itself",
        szdd_that_repeats_itself,
        found=False,
        told="bytes present",
    ),
)
