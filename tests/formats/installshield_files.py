"""Writes what no free program writes: lists, streams and cabinets of InstallShield."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass

_GROUPS = 71
_DESCRIPTOR_AT = 0x200
SPLIT, DISGUISED, COMPRESSED, INVALID = 1, 2, 4, 8


def entry(name: bytes, content: bytes) -> bytes:
    """One entry of the list behind a setup program."""
    return b"\0".join((name, b"Disk1\\" + name, b"1.0.0.0", b"%d" % len(content), content))


def streams(*files: tuple[bytes, bytes], flags: int = 6) -> bytes:
    """What is behind a setup program for MSI."""
    written = struct.pack("<14sH30x", b"InstallShield", len(files))
    for name, content in files:
        packed = lay_over(zlib.compress(content), name, 1024 if flags & 4 else 1 << 30)
        written += struct.pack("<260sI4xI8xH30x", name, flags, len(packed), 1) + packed
    return written


def lay_over(data: bytes, name: bytes, block: int) -> bytes:
    """Each byte with its name's, its halves swapped."""
    laid = []
    for index, byte in enumerate(data):
        at = index % block % len(name)
        mixed = byte ^ name[at] ^ b"\xec\xca\x79\xf8"[at % 4]
        laid.append((mixed >> 4 | mixed << 4) & 0xFF)
    return bytes(laid)


def chunks(content: bytes, size: int = 1000, *, ended: bool = True) -> bytes:
    """Chunks of deflate, each with its size."""
    written = b""
    for at in range(0, len(content), size):
        packed = deflated(content[at : at + size], ended=ended)
        written += struct.pack("<H", len(packed)) + packed
    return written


def deflated(content: bytes, *, ended: bool = True) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(content) + squeezer.flush(
        zlib.Z_FINISH if ended else zlib.Z_SYNC_FLUSH
    )


def disguise(data: bytes) -> bytes:
    disguised = []
    for index, byte in enumerate(data):
        shifted = (byte + index % 71) & 0xFF
        disguised.append((shifted << 2 & 0xFF | shifted >> 6) ^ 0xD5)
    return bytes(disguised)


@dataclass
class Stored:
    """A file of a cabinet, as it is in its volume."""

    name: str
    content: bytes
    data: bytes
    flags: int = COMPRESSED
    volume: int = 1
    offset: int = 0


def stored(name: str, content: bytes, flags: int = COMPRESSED, volume: int = 1) -> Stored:
    data = chunks(content) if flags & COMPRESSED else content
    return Stored(name, content, disguise(data) if flags & DISGUISED else data, flags, volume)


def header(version: int, files: list[Stored], before: bytes = b"") -> bytes:
    """The descriptor with its tables, behind the first bytes of its file."""
    wide = version >= 17
    texts, places = bytearray(), {}
    for text in ["", "group", *(file.name for file in files)]:
        places[text] = len(texts)
        texts += (text + "\0").encode("utf-16-le" if wide else "latin-1")
    old = version < 6
    table_size = 4 * (1 + (len(files) if old else 0))
    group_at = _GROUPS * 8 + 0x3E
    group = struct.pack("<3I", 0, group_at + 12, 0) + struct.pack(
        f"<I{0x48 if old else 0x12}x2I", 0, 0, len(files) - 1
    )
    table_at = group_at + len(group)
    texts_at = table_size
    rows_at = texts_at + len(texts)
    rows = b"".join(_row(file, texts_at + places[file.name], old=old) for file in files)
    size = len(rows) // len(files)
    offsets = [rows_at + size * index for index in range(len(files))] if old else []
    table = struct.pack(f"<{1 + len(offsets)}I", texts_at, *offsets) + texts + rows
    group = struct.pack("<I", table_at + texts_at + places["group"]) + group[4:]
    group = group[:12] + struct.pack("<I", table_at + texts_at + places["group"]) + group[16:]
    descriptor = struct.pack(
        "<12xI4x2II8x2I", table_at, len(table), len(table), 1, len(files), rows_at
    ).ljust(0x3E, b"\0")
    descriptor += struct.pack("<I", group_at).ljust(_GROUPS * 8, b"\0") + group + table
    return before + descriptor


def _row(file: Stored, name: int, *, old: bool) -> bytes:
    size, packed = len(file.content), len(file.data)
    digest = hashlib.md5(file.content).digest()  # noqa: S324 the format's
    if old:
        return struct.pack("<2IH2I20xI16s", name, 0, file.flags, size, packed, file.offset, digest)
    return struct.pack(
        "<H3Q16s16xIH21xH",
        *(file.flags, size, packed, file.offset, digest, name, 0, file.volume),
    )


def _first(version: int, descriptor_size: int) -> bytes:
    kind = 0x01000000 | version << 12 if version < 16 else 0x04000000 | version * 100
    return struct.pack("<4s4I", b"ISc(", kind, 0, _DESCRIPTOR_AT, descriptor_size)


def cabinet(version: int, files: list[Stored]) -> bytes:
    """A cabinet that has its descriptor in itself."""
    size = len(header(version, files))
    at = _DESCRIPTOR_AT + size
    for file in files:
        file.offset = at
        at += len(file.data)
    layout = "<2I8I" if version < 6 else "<2I2I6Q"
    volume = struct.pack(layout, at, 0, 0, len(files) - 1, *([0] * 6))
    before = (_first(version, size) + volume).ljust(_DESCRIPTOR_AT, b"\0")
    return header(version, files, before) + b"".join(file.data for file in files)


def set_of(version: int, files: list[Stored]) -> tuple[bytes, list[bytes]]:
    """A descriptor and its volumes; a file that is split ends each but the last."""
    volumes = [b""] * max(file.volume for file in files)
    last = {file.volume: index for index, file in enumerate(files)}
    halves: dict[int, bytes] = {}
    places: dict[int, list[int]] = {}
    for number in range(1, len(volumes) + 1):
        body = halves.pop(number, b"")
        first_size = len(body)
        own = [file for file in files if file.volume == number]
        last_offset = last_size = 0
        for file in own:
            file.offset = _DESCRIPTOR_AT + len(body)
            data = file.data
            if file.flags & SPLIT:
                data, halves[number + 1] = data[: len(data) // 2], data[len(data) // 2 :]
                last_offset, last_size = file.offset, len(data)
            body += data
        end = last.get(number, 0)
        start = files.index(own[0]) if own else end
        start = start - 1 if first_size else start
        places[number] = [start, end, _DESCRIPTOR_AT if first_size else 0, 0, first_size]
        places[number] += [last_offset, 0, last_size]
        layout = "<2I8I" if version < 6 else "<2I2I6Q"
        before = _first(version, 0) + struct.pack(layout, _DESCRIPTOR_AT, 0, *places[number])
        volumes[number - 1] = before.ljust(_DESCRIPTOR_AT, b"\0") + body
    size = len(header(version, files))
    before = _first(version, size).ljust(_DESCRIPTOR_AT, b"\0")
    return header(version, files, before), volumes
