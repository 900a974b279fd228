"""A writer of Apple disk images (UDIF), from what is known of the format.

`python tests/dmg.py FOLDER` writes the samples.
"""

from __future__ import annotations

import base64
import bz2
import lzma
import struct
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECTOR = 512
ZEROS, STORED, IGNORED = 0, 1, 2
ADC, ZLIB, BZIP2, LZFSE, XZ = range(0x8000_0004, 0x8000_0009)
COMMENT, LAST = 0x7FFF_FFFE, 0xFFFF_FFFF

Chunk = tuple[int, bytes, int]
"""Method, packed bytes, sectors."""


def adc(content: bytes) -> bytes:
    """Runs of bytes, and copies of both forms for what repeats the eight bytes before."""
    out, at = bytearray(), 0
    while at < len(content):
        length = 0
        while (
            length < 67
            and at >= 8
            and content[at + length : at + length + 1]
            and (content[at + length] == content[at + length - 8])
        ):
            length += 1
        if length > 18:
            out += bytes((0x40 | length - 4, 0, 7))
        elif length > 3:
            out += bytes((length - 3 << 2, 7))
        else:
            length = min(8, len(content) - at)
            out += bytes((0x80 | length - 1,)) + content[at : at + length]
        at += length
    return bytes(out)


def lzfse(content: bytes) -> bytes:
    """One block of bytes as they are."""
    return b"bvx-" + struct.pack("<I", len(content)) + content + b"bvx$"


PACKERS: dict[int, Callable[[bytes], bytes]] = {
    STORED: bytes,
    ADC: adc,
    ZLIB: zlib.compress,
    BZIP2: bz2.compress,
    LZFSE: lzfse,
    XZ: lzma.compress,
}


def chunk(method: int, content: bytes) -> Chunk:
    return method, PACKERS[method](content), len(content) // SECTOR


def image(partitions: dict[str, list[Chunk]]) -> bytes:
    """An image with a partition of each list of chunks."""
    fork, tables = b"", ""
    for number, (name, chunks) in enumerate(partitions.items()):
        sector, entries = 0, b""
        for method, packed, sectors in chunks:
            entries += struct.pack(">2I4Q", method, 0, sector, sectors, len(fork), len(packed))
            fork += packed
            sector += sectors
        entries += struct.pack(">2I4Q", LAST, 0, sector, 0, len(fork), 0)
        table = struct.pack(
            ">4sI3Q2I24x136xI", b"mish", 1, 0, sector, 0, 0, number, len(chunks) + 1
        )
        data = base64.encodebytes(table + entries).decode()
        tables += (
            f"<dict><key>Attributes</key><string>0x0050</string><key>CFName</key>"
            f"<string>{name}</string><key>Data</key><data>\n{data}</data><key>ID</key>"
            f"<string>{number}</string><key>Name</key><string>{name}</string></dict>\n"
        )
    listing = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD '
        'PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">'
        "<dict><key>resource-fork</key><dict><key>blkx</key><array>\n"
        f"{tables}</array><key>plst</key><array/></dict></dict></plist>\n"
    ).encode()
    trailer = struct.pack(
        ">4s3I5Q2I16s136x2Q120x136xIQ12x", b"koly", 4, 512, 1, 0, 0, len(fork), 0, 0, 1, 1,
        b"nacre's own name", len(fork), len(listing), 1, 0,
    )  # fmt: skip
    return fork + listing + trailer


def samples() -> dict[str, bytes]:
    lines = b"".join(b"partition, line %3d of 64\n" % number for number in range(64))
    text = lines.ljust(4 * SECTOR, b".")
    methods = {
        "stored": STORED, "adc": ADC, "zlib": ZLIB, "bzip2": BZIP2, "lzfse": LZFSE, "xz": XZ
    }  # fmt: skip
    whole = image(
        {
            name: [(ZEROS, b"", 2), chunk(method, text), (COMMENT, b"", 0), (IGNORED, b"", 1)]
            for name, method in methods.items()
        }
    )
    bad = image({"bad": [chunk(ZLIB, text), (ZLIB, b"no zlib", 4), chunk(ZLIB, text)]})
    return {"methods": whole, "damaged-chunk": bad}


if __name__ == "__main__":
    for case, made in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(made)
