"""Alternate streams of NTFS in RAR archives, made of archives that have files.

The last file becomes a stream of the file before it, whatever its compression: in RAR 5 a service
header with the stream's name as its data, in RAR 3 and 4 a header of type 0x7a. Source: "RAR 5.0
archive format"; technote.txt of WinRAR 3.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK_4, _MARK_5 = b"Rar!\x1a\7\0", b"Rar!\x1a\7\1\0"
_FILE_4, _SUB_4, _FILE_5, _SERVICE_5 = 0x74, 0x7A, 2, 3
_EXTRA, _DATA, _TIME, _SUM = 1, 2, 2, 4


def with_stream(archive: bytes, stream: bytes = b":hidden.exe") -> bytes:
    """`archive` with its last file as a stream of the one before."""
    if archive.startswith(_MARK_5):
        return _with_stream_5(archive, stream)
    blocks = list(_blocks_4(archive))
    at, size = [block for block in blocks if archive[block[0] + 2] == _FILE_4][-1]
    header = bytearray(archive[at : at + size])
    (length,) = struct.unpack_from("<H", header, 26)
    header[32 : 32 + length] = b"STM"
    header[2] = _SUB_4
    struct.pack_into("<H", header, 26, 3)
    struct.pack_into("<H", header, 5, len(header))
    struct.pack_into("<H", header, 0, zlib.crc32(header[2:]) & 0xFFFF)
    return archive[:at] + bytes(header) + archive[at + size :]


def _blocks_4(archive: bytes) -> Iterator[tuple[int, int]]:
    """Place and size of each header."""
    at = len(_MARK_4)
    while at + 7 <= len(archive):
        kind, flags, size = struct.unpack_from("<BHH", archive, at + 2)
        packed = struct.unpack_from("<I", archive, at + 7)[0] if flags & 0x8000 else 0
        yield at, size
        at += size + (packed if kind in {_FILE_4, _SUB_4} else 0)


def _with_stream_5(archive: bytes, stream: bytes) -> bytes:
    at, found = len(_MARK_5), (0, 0)
    while at < len(archive):
        size, start = number(archive, at + 4)
        kind, place = number(archive, start)
        flags, place = number(archive, place)
        if flags & _EXTRA:
            _, place = number(archive, place)
        packed, _ = number(archive, place) if flags & _DATA else (0, place)
        if kind == _FILE_5:
            found = at, start + size
        at = start + size + packed
    at, end = found
    return archive[:at] + _service(archive[at:end], stream) + archive[end:]


def _service(header: bytes, stream: bytes) -> bytes:
    """The header of a file as that of a stream; what the file has of extra records goes."""
    _, place = number(header, 4)
    _, place = number(header, place)
    flags, place = number(header, place)
    if flags & _EXTRA:
        _, place = number(header, place)
    start = place
    _, place = number(header, place)
    data_size, fields = header[start:place], place
    file_flags, place = number(header, place)
    for _ in range(2):  # size, attributes
        _, place = number(header, place)
    place += 4 * bool(file_flags & _TIME) + 4 * bool(file_flags & _SUM)
    for _ in range(2):  # compression, system
        _, place = number(header, place)
    extra = bytes((len(stream) + 1, 7)) + stream
    body = bytes((_SERVICE_5, flags | _EXTRA, len(extra))) + data_size
    body += header[fields:place] + b"\3STM" + extra
    sized = bytes((len(body),)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized


def number(data: bytes, at: int) -> tuple[int, int]:
    """A number of RAR 5, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
