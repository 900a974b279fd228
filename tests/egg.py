"""A writer of EGG archives, from ESTsoft's specification.

`python tests/egg.py FOLDER` writes the samples.
"""

from __future__ import annotations

import lzma
import struct
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from alz import PACKERS as _PACKERS
from alz import deflate

if TYPE_CHECKING:
    from collections.abc import Callable

STORED, DEFLATE, BZIP2, AZO, LZMA = range(5)
NAME, COMMENT, ENCRYPTION = 0x0A8591AC, 0x04C63672, 0x08D1470F
SOLID, SPLIT, ATTRIBUTES = 0x24E5A060, 0x24F5A262, 0x2C86950B
END = struct.pack("<I", 0x08E28222)


def _lzma(content: bytes) -> bytes:
    alone = lzma.compress(content, format=lzma.FORMAT_ALONE)
    return bytes((9, 20, 5, 0)) + alone[:5] + alone[13:]


PACKERS: dict[int, Callable[[bytes], bytes]] = {
    STORED: bytes,
    DEFLATE: deflate,
    BZIP2: _PACKERS[1],
    LZMA: _lzma,
}


def field(kind: int, data: bytes, flags: int = 0) -> bytes:
    return struct.pack("<IBH", kind, flags, len(data)) + data


def block(content: bytes, method: int = DEFLATE) -> bytes:
    packed = PACKERS.get(method, bytes)(content)
    header = struct.pack(
        "<IBBIII", 0x02B50C13, method, 0, len(content), len(packed), zlib.crc32(content)
    )
    return header + END + packed


def file(name: bytes, size: int, *blocks: bytes, fields: bytes = b"") -> bytes:
    header = struct.pack("<IIQ", 0x0A8590E3, 0, size) + field(NAME, name)
    return header + fields + END + b"".join(blocks)


def archive(*files: bytes, fields: bytes = b"") -> bytes:
    return struct.pack("<4sHII", b"EGGA", 0x100, 1, 0) + fields + END + b"".join(files) + END


def samples() -> dict[str, bytes]:
    one, two = (
        b"".join(b"%s, line %d\n" % (name, at) for at in range(20)) for name in (b"1", b"2")
    )
    whole = archive(
        file(b"stored.txt", len(one), block(one, STORED)),
        file(b"deflate.txt", len(two), block(two), fields=field(COMMENT, b"a comment of a file")),
        file(b"blocks.txt", len(one), block(one[:50], BZIP2), block(one[50:], LZMA)),
        file(b"empty.txt", 0),
    )
    closed = archive(
        file(b"azo.txt", len(one), block(one, AZO)),
        file(b"locked.txt", len(one), block(one, STORED), fields=field(ENCRYPTION, bytes(17))),
        file(b"open.txt", len(two), block(two)),
    )
    solid = archive(
        file(b"one.txt", len(one), block(one + two)), file(b"two.txt", len(two)),
        fields=field(SOLID, b""),
    )  # fmt: skip
    return {"methods": whole, "cut": whole[:500], "closed": closed, "solid": solid}


if __name__ == "__main__":
    for case, made in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(made)
