"""Compiled HTML help, written from Russotto's description; no free program writes it packed.

chmlib and ClamAV read all of it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from formats.cabinets import FRAME, Lzx

if TYPE_CHECKING:
    from collections.abc import Mapping

CHUNK = 512
_STORAGE = b"::DataSpace/Storage/MSCompressed/"
_TRANSFORM = _STORAGE + b"Transform/{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/"
_GUID = bytes.fromhex("10fd017caa7bd0119e0c00a0c922e6ec")
_OTHER_GUID = bytes.fromhex("11fd017caa7bd0119e0c00a0c922e6ec")


def help_file(
    stored: Mapping[bytes, bytes],
    packed: Mapping[bytes, bytes],
    *,
    window_bits: int = 16,
    version: int = 3,
) -> bytes:
    content = b"".join(packed.values())
    writer = Lzx(window_bits, ("verbatim", "aligned"), block=30_000, reset=2 * FRAME)
    stream = writer.pack(content + bytes(-len(content) % (2 * FRAME)))
    starts = [0, *sorted({start for start in writer.starts if 0 < start < len(stream)})]
    count = -(-len(content) // FRAME)
    table = struct.pack("<4I3Q", 2, count, 8, 40, len(content), len(stream), FRAME)
    table += b"".join(struct.pack("<Q", start) for start in starts[:count])
    units = (1 << window_bits) // FRAME
    control = struct.pack("<I4s5I", 6, b"LZXC", 2, 2, units, 1, 0)
    files = {
        **stored,
        b"::DataSpace/NameList": struct.pack("<2H", 2, 0),
        _STORAGE + b"Content": stream,
        _STORAGE + b"ControlData": control,
        _STORAGE + b"SpanInfo": struct.pack("<Q", len(content)),
        _TRANSFORM + b"ResetTable": table,
        _STORAGE + b"Transform/List": "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}".encode("utf-16-le"),
    }
    entries, at = [], 0
    for name, data in files.items():
        entries.append((name, 0, at, len(data)))
        at += len(data)
    at = 0
    for name, data in packed.items():
        entries.append((name, 1, at, len(data)))
        at += len(data)
    return _around(
        _chunks(sorted(entries, key=lambda entry: entry[0].lower())),
        b"".join(files.values()),
        version,
    )


def _around(chunks: list[bytes], content: bytes, version: int) -> bytes:
    size = 0x60 if version > 2 else 0x58
    directory = struct.pack(
        "<4s5IIiIIiII16sI3i", b"ITSP", 1, 0x54, 10, CHUNK, 2, 1, -1, 0, len(chunks) - 1, -1,
        len(chunks), 0x409, _GUID, 0x54, -1, -1, -1,
    ) + b"".join(chunks)  # fmt: skip
    at = size + 24
    whole = at + len(directory) + len(content)
    header = struct.pack("<4s5I", b"ITSF", version, size, 1, 0, 0x409) + _GUID + _OTHER_GUID
    header += struct.pack("<4Q", size, 24, at, len(directory))
    if version > 2:
        header += struct.pack("<Q", at + len(directory))
    return header + struct.pack("<2I2Q", 0x1FE, 0, whole, 0) + directory + content


def _chunks(entries: list[tuple[bytes, int, int, int]]) -> list[bytes]:
    bodies: list[list[bytes]] = [[]]
    for name, section, offset, size in entries:
        entry = _number(len(name)) + name + b"".join(map(_number, (section, offset, size)))
        if sum(map(len, bodies[-1])) + len(entry) > CHUNK - 20 - 2:
            bodies.append([])
        bodies[-1].append(entry)
    chunks = []
    for number, body in enumerate(bodies):
        data = b"".join(body)
        free = CHUNK - 20 - len(data)
        following = number + 1 if number + 1 < len(bodies) else -1
        head = struct.pack("<4s2I2i", b"PMGL", free, 0, number - 1, following)
        chunks.append(head + data + bytes(free - 2) + struct.pack("<H", len(body)))
    return chunks


def _number(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
