"""Setup programs of Inno Setup, written from its ``Struct.pas``; no packaged program makes them.

Of version 5.5.7 with wide characters, or of another one as far as the records of files go. The
loader in front of the rest is an empty program that says where the table is. innoextract reads
those of 5.5.7 (test_inno.py); samples/installer/inno has real ones of 6.1.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import struct
import zlib
from dataclasses import dataclass

STORED, ZLIB, BZIP2, LZMA, LZMA2 = range(5)
MARK = b"rDlPtS\xcd\xe6\xd7{\x0b*"
_TABLE_AT = 64
_DICTIONARY = 1 << 16
_CALLS, _ENCRYPTED, _COMPRESSED = 4, 6, 7


@dataclass(frozen=True)
class File:
    path: str
    content: bytes
    calls: bool = False
    encrypted: bool = False


def packed(content: bytes, method: int) -> bytes:
    """What is behind the mark of a chunk."""
    if method == STORED:
        return content
    if method == ZLIB:
        return zlib.compress(content, 9)
    if method == BZIP2:
        return bz2.compress(content)
    if method == LZMA:
        return _lzma(content)
    chain = [{"id": lzma.FILTER_LZMA2, "dict_size": _DICTIONARY}]
    return b"\x08" + lzma.compress(content, lzma.FORMAT_RAW, filters=chain)


def _lzma(content: bytes) -> bytes:
    """Properties and a stream."""
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": _DICTIONARY}]
    stream = lzma.compress(content, lzma.FORMAT_RAW, filters=chain)
    return b"\x5d" + struct.pack("<I", _DICTIONARY) + stream


def counted_from_start(code: bytes, *, across: bool = False) -> bytes:
    """Targets of calls and jumps as setup programs since 5.3.9 have them.

    Those that cross 64 KiB are changed only in the program that the loader runs.
    """
    out = bytearray(code)
    at = 0
    while at + 5 <= len(out):
        if out[at] not in (0xE8, 0xE9) or (not across and at % 65536 > 65536 - 5):
            at += 1
            continue
        at += 5
        if out[at - 1] in (0, 0xFF):
            number = int.from_bytes(out[at - 4 : at - 1], "little")
            if number >> 23:
                out[at - 1] ^= 0xFF
            out[at - 4 : at - 1] = (number + at & 0xFFFFFF).to_bytes(3, "little")
    return bytes(out)


def setup(
    chunks: list[list[File]],
    method: int,
    version: tuple[int, int, int] = (5, 5, 7),
    program: bytes = b"",
) -> bytes:
    """A setup program with the files of each list in one chunk, and what the loader runs."""
    data, entries, locations = b"", b"", b""
    count = 0
    for files in chunks:
        start, offset = len(data), 0
        contents = [counted_from_start(one.content) if one.calls else one.content for one in files]
        stream = packed(b"".join(contents), method)
        for one in files:
            entries += _entry(one, count, version)
            locations += _location(one, (start, offset, len(stream)), method, version)
            offset += len(one.content)
            count += 1
        data += b"zlb\x1a" + stream
    header = bytes(4 * 32) + struct.pack("<16I", *[0] * 7, count, count, *[0] * 7)
    header += bytes(20 + 8 + 1 + 20 + 8 + 8 + 4 + 5) + bytes((method,)) + bytes(2 + 2 + 8 + 6)
    # Two pictures, and a library for zlib and bzip2, all empty.
    pictures = bytes(12 if method in (ZLIB, BZIP2) else 8)
    if version >= (6, 5, 0):
        encryption = bytes(49)
        between = struct.pack("<I", zlib.crc32(encryption)) + encryption
    else:
        between = b""
    streams = [_stream(piece, version) for piece in (header + entries + pictures, locations)]
    headers = b"Inno Setup Setup Data (%d.%d.%d) (u)" % version
    headers = headers.ljust(64, b"\0") + between + b"".join(streams)
    files_at = _TABLE_AT + 12 + 28 + 4 + 64
    headers_at = files_at + len(data)
    program_at = headers_at + len(headers) if program else 0
    about = (program_at, len(program), zlib.crc32(program))
    table = MARK + struct.pack("<7I", 1, 0, *about, headers_at, files_at)
    stub = b"MZ".ljust(48, b"\0") + struct.pack(
        "<4sII", b"Inno", _TABLE_AT, ~_TABLE_AT & 0xFFFFFFFF
    )
    front = stub.ljust(_TABLE_AT, b"\0") + table + struct.pack("<I", zlib.crc32(table))
    stream = _stream(counted_from_start(program, across=True), version) if program else b""
    return front.ljust(files_at, b"\0") + data + headers + stream


def _stream(content: bytes, version: tuple[int, int, int]) -> bytes:
    stream = _lzma(content)
    pieces = [stream[at : at + 4096] for at in range(0, len(stream), 4096)]
    stored = b"".join(struct.pack("<I", zlib.crc32(piece)) + piece for piece in pieces)
    size = struct.pack("<QB" if version >= (6, 7, 0) else "<IB", len(stored), 1)
    return struct.pack("<I", zlib.crc32(size)) + size + stored


def _entry(file: File, number: int, version: tuple[int, int, int]) -> bytes:
    path = file.path.encode("utf-16-le")
    texts = struct.pack("<II", 0, len(path)) + path + bytes(4 * 8)
    if version >= (6, 5, 0):
        texts += bytes(4 * 6 + 33)
    windows = struct.pack("<IIHIIH", 0, 0x06010000, 0, 0, 0, 0)
    return texts + windows + struct.pack("<IIqh5s", number, 0x20, 0, -1, b"\0")


def _location(
    file: File, place: tuple[int, int, int], method: int, version: tuple[int, int, int]
) -> bytes:
    start, offset, stored = place
    flags = file.calls << _CALLS | file.encrypted << _ENCRYPTED | bool(method) << _COMPRESSED
    digest = hashlib.sha1(file.content, usedforsecurity=False).digest()
    signing = b""
    if version >= (6, 4, 0):
        digest = hashlib.sha256(file.content).digest()
    if version >= (6, 4, 3):
        packed_flags = bytes((file.calls << 2 | file.encrypted << 3 | bool(method) << 4,))
    else:
        packed_flags = struct.pack("<H", flags)
        signing = b"\0" if version >= (6, 3, 0) else b""
    chunk = struct.pack("<IIq" if version >= (6, 5, 2) else "<III", 0, 0, start)
    sizes = struct.pack("<qqq", offset, len(file.content), stored)
    written = struct.pack("<QII", 130_000_000_000_000_000, 0, 0)
    return chunk + sizes + digest + written + packed_flags + signing


def checksum(table: bytes) -> bytes:
    """What stands behind a table."""
    return struct.pack("<I", zlib.crc32(table))
