"""A writer of ALZ archives, from what free unpackers read.

`python tests/alz.py FOLDER` writes the samples.
"""

from __future__ import annotations

import bz2
import struct
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STORED, BZIP2, DEFLATE = range(3)
ENCRYPTED = 1


def deflate(content: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(content) + squeezer.flush()


PACKERS: dict[int, Callable[[bytes], bytes]] = {
    STORED: bytes,
    BZIP2: bz2.compress,
    DEFLATE: deflate,
}


def member(
    name: bytes, content: bytes, method: int = DEFLATE, *, width: int = 4, flags: int = 0
) -> bytes:
    """A member whose sizes take `width` bytes."""
    packed = PACKERS.get(method, bytes)(content)
    header = struct.pack("<4sHBIBB", b"BLZ\1", len(name), 0x20, 0, width << 4 | flags, 0)
    fields = struct.pack("<BBI", method, 0, zlib.crc32(content))
    sizes = len(packed).to_bytes(width, "little") + len(content).to_bytes(width, "little")
    return header + fields + sizes + name + bytes(12 * (flags & ENCRYPTED)) + packed


def archive(*members: bytes) -> bytes:
    return b"ALZ\1\x0a\0\0\0" + b"".join(members) + b"CLZ\1" + bytes(12) + b"CLZ\2"


def samples() -> dict[str, bytes]:
    one, two = (
        b"".join(b"%s, line %d\n" % (name, at) for at in range(20)) for name in (b"1", b"2")
    )
    whole = archive(
        member(b"stored.txt", one, STORED, width=2),
        member(b"deflate.txt", two),
        member(b"bzip2.txt", one, BZIP2, width=8),
        struct.pack("<4sHBIBB", b"BLZ\1", 6, 0x10, 0, 0, 0) + b"folder",
    )
    locked = archive(member(b"one.txt", one, flags=ENCRYPTED), member(b"two.txt", two, 3))
    return {"methods": whole, "cut": whole[:350], "closed": locked}


if __name__ == "__main__":
    for case, made in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(made)
