"""TNEF streams and compressed RTF, written from MS-OXTNEF and MS-OXRTFCP (no tool writes them)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")
STRING8, OBJECT, BINARY = 0x1E, 0x0D, 0x102
FILENAME, LONG_FILENAME, DATA_OBJECT, RTF, HTML = 0x3704, 0x3707, 0x3701, 0x1009, 0x1013


def attribute(level: int, number: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) % 65536)
    )


def stream(*attributes: bytes) -> bytes:
    version = attribute(1, 0x89006, struct.pack("<I", 0x10000))
    return struct.pack("<IH", 0x223E9F78, 1) + version + b"".join(attributes)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def properties(values: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Properties (type, number, value) of types without a fixed size, with a long before them."""
    out = struct.pack("<I", len(values) + 1) + struct.pack("<HHI", 3, 0x3705, 1)
    for kind, number, value in values:
        out += struct.pack("<HHII", kind, number, 1, len(value)) + padded(value)
    return out


def attachment(
    name: bytes, data: bytes | None, values: Sequence[tuple[int, int, bytes]] = ()
) -> bytes:
    out = attribute(2, 0x69002, bytes(14)) + attribute(2, 0x18010, name + b"\0")
    if data is not None:
        out += attribute(2, 0x6800F, data)
    return out + (attribute(2, 0x69005, properties(values)) if values else b"")


def message(values: Sequence[tuple[int, int, bytes]]) -> bytes:
    return attribute(1, 0x69003, properties(values))


def compressed(rtf: bytes) -> bytes:
    """Compressed RTF in which every run of one byte is a reference to itself."""
    ring_at = 207
    tokens: list[tuple[bool, bytes]] = []
    at = 0
    while at < len(rtf):
        run = 0
        while at and run < 17 and at + run < len(rtf) and rtf[at + run] == rtf[at - 1]:
            run += 1
        if run >= 2:
            tokens.append((True, struct.pack(">H", ((ring_at - 1) % 4096) << 4 | (run - 2))))
        else:
            run = 1
            tokens.append((False, rtf[at : at + 1]))
        at += run
        ring_at = (ring_at + run) % 4096
    tokens.append((True, struct.pack(">H", ring_at << 4)))
    body = b""
    for group in range(0, len(tokens), 8):
        eight = tokens[group : group + 8]
        flags = sum(reference << bit for bit, (reference, _) in enumerate(eight))
        body += bytes((flags,)) + b"".join(token for _, token in eight)
    return struct.pack("<II4sI", len(body) + 12, len(rtf), b"LZFu", 0) + body
