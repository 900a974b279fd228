"""A writer of small UDF images with what genisoimage does not write, from ECMA-167.

`python tests/udf.py FOLDER` writes the samples.
"""

from __future__ import annotations

import struct
import sys
from binascii import crc_hqx
from pathlib import Path

BLOCK = 512
VOLUME_START, PARTITION_START = 80, 90
CHARSET = b"\0OSTA Compressed Unicode".ljust(64, b"\0")
SHORT, LONG, EXTENDED, EMBEDDED = range(4)
RECORDED, RESERVED, FREE, CONTINUED = range(4)
DIRECTORY, FILE, STREAMS = 4, 5, 13


def tag(kind: int, place: int, body: bytes) -> bytes:
    head = struct.pack("<2HBxHHHI", kind, 2, 0, 0, crc_hqx(body, 0), len(body), place)
    return head[:4] + bytes((sum(head) & 0xFF,)) + head[5:] + body


class Partition:
    """The blocks of a partition; block 0 is the file set, block 1 the root directory."""

    def __init__(self) -> None:
        self.blocks: dict[int, bytes] = {}
        self.next = 2

    def take(self) -> int:
        self.next += 1
        return self.next - 1

    def put(self, content: bytes, pieces: int = 1) -> list[tuple[int, int]]:
        """Write content in stretches that are apart; returns their first blocks and sizes."""
        places = []
        size = max(1, -(-len(content) // pieces // BLOCK)) * BLOCK
        for at in range(0, len(content), size):
            piece = content[at : at + size]
            places.append((self.next, len(piece)))
            for start in range(0, len(piece), BLOCK):
                self.blocks[self.take()] = piece[start : start + BLOCK]
            self.next += pieces > 1
        return places

    def entry(  # noqa: PLR0913 - every form there is
        self, content: bytes, form: int = SHORT, pieces: int = 1, *, kind: int = FILE,
        place: int | None = None, streams: int = 0, continued: bool = False, hole: int = 0,
    ) -> int:  # fmt: skip
        """Write a file with its entry; returns the entry's block."""
        place = self.take() if place is None else place
        descriptors = content
        if form != EMBEDDED:
            extents = [(RECORDED, *found) for found in self.put(content, pieces)]
            extents += [(FREE, 0, hole)] * bool(hole)
            if continued:
                rest = b"".join(_descriptor(form, *extent) for extent in extents[1:])
                more = self.take()
                body = struct.pack("<2I", 0, len(rest)) + rest
                self.blocks[more] = tag(258, more, body)
                extents = [extents[0], (CONTINUED, more, BLOCK)]
            descriptors = b"".join(_descriptor(form, *extent) for extent in extents)
        icb = struct.pack("<I2s2sHxB6sH", 0, b"\4\0", b"", 1, kind, b"", form)
        size = len(content) + hole
        if streams:
            body = icb + bytes(20) + struct.pack("<2Q", size, size) + bytes(80)
            body += _long(BLOCK, streams) + bytes(32 + 8)
            number = 266
        else:
            body = icb + bytes(20) + struct.pack("<Q", size) + bytes(104)
            number = 261
        body += struct.pack("<2I", 0, len(descriptors)) + descriptors
        self.blocks[place] = tag(number, place, body)
        return place

    def directory(
        self, entries: dict[str, int], *, deleted: str = "", place: int | None = None,
        kind: int = DIRECTORY, form: int = EMBEDDED,
    ) -> int:  # fmt: skip
        place = self.take() if place is None else place
        content = _record("", place, 2 | 8, place)
        for name, block in entries.items():
            content += _record(name, block, 4 * (name == deleted), place)
        return self.entry(content, form, kind=kind, place=place)


def _descriptor(form: int, kind: int, block: int, size: int) -> bytes:
    length = kind << 30 | size
    if form == SHORT:
        return struct.pack("<2I", length, block)
    if form == LONG:
        return struct.pack("<2IH6x", length, block, 0)
    return struct.pack("<4IH2x", length, size, size, block, 0)


def _long(size: int, block: int) -> bytes:
    return struct.pack("<2IH6x", size, block, 0)


def _record(name: str, block: int, flags: int, place: int) -> bytes:
    wide = any(ord(letter) > 255 for letter in name)
    coded = b"\x10" + name.encode("utf-16-be") if wide else b"\x08" + name.encode("latin-1")
    coded = coded if name else b""
    body = struct.pack("<HBB16sH", 1, flags, len(coded), _long(BLOCK, block), 0) + coded
    return tag(257, place, body + bytes(-(16 + len(body)) % 4))


def _regid(name: bytes) -> bytes:
    return b"\0" + name.ljust(23, b"\0") + bytes(8)


def image(partition: Partition, maps: bytes = struct.pack("<BBHH", 1, 6, 1, 0)) -> bytes:
    """An image whose only anchor is in its last sector."""
    blocks = dict(partition.blocks)
    domain = _regid(b"*OSTA UDF Compliant")[:24] + b"\x02\x01".ljust(8, b"\0")
    fileset = bytes(12) + struct.pack("<2H4I", 3, 3, 1, 1, 0, 0) + CHARSET
    fileset += b"\x08nacre".ljust(127, b"\0") + b"\6" + CHARSET
    fileset = fileset.ljust(400 - 16, b"\0") + _long(BLOCK, 1) + domain
    blocks[0] = tag(256, 0, fileset.ljust(512 - 16, b"\0"))
    size = max(blocks) + 1
    volume = [
        tag(1, VOLUME_START, struct.pack("<2I32s2H2H2I128s64s64s", 0, 0, b"\x08nacre", 1, 1, 2, 2,
            1, 1, b"", CHARSET, CHARSET).ljust(496, b"\0")),
        tag(5, VOLUME_START + 1, struct.pack("<IHH32s128x3I", 1, 1, 0, _regid(b"+NSR02"), 1,
            PARTITION_START, size).ljust(496, b"\0")),
        tag(6, VOLUME_START + 2, struct.pack("<I64s128sI32s16s2I32s128x8x", 2, b"", b"\x08nacre",
            BLOCK, domain, _long(BLOCK, 0), len(maps), 1, b"") + maps),
        tag(8, VOLUME_START + 3, bytes(496)),
    ]  # fmt: skip
    data = bytearray((PARTITION_START + size + 1) * BLOCK)
    for number, name in enumerate((b"BEA01", b"NSR02", b"TEA01")):
        data[0x8000 + 2048 * number :][:7] = b""
        at = 0x8000 + 2048 * number
        data[at : at + 7] = b"\0" + name + b"\1"
    for number, descriptor in enumerate(volume):
        at = (VOLUME_START + number) * BLOCK
        data[at : at + len(descriptor)] = descriptor
    for number, content in blocks.items():
        at = (PARTITION_START + number) * BLOCK
        data[at : at + len(content)] = content
    last = PARTITION_START + size
    anchor = struct.pack("<4I", BLOCK * 8, VOLUME_START, BLOCK * 8, VOLUME_START)
    data[last * BLOCK : (last + 1) * BLOCK] = tag(2, last, anchor.ljust(496, b"\0"))
    return bytes(data)


def filled() -> Partition:
    """A partition with a file of each kind."""
    one, two = (
        b"".join(b"%s, line %d\n" % (name, at) for at in range(90)) for name in (b"1", b"2")
    )
    made = Partition()
    stream = made.entry(b"a stream of its own", EMBEDDED)
    streams = made.directory({"stream": stream}, kind=STREAMS)
    folder = made.directory(
        {
            "long.txt": made.entry(two, LONG, 2),
            "extended.txt": made.entry(one, EXTENDED),
            "streams.txt": made.entry(one[:200], EMBEDDED, streams=streams),
        }
    )
    made.directory(
        {
            "short.txt": made.entry(one),
            "embedded.txt": made.entry(two[:250], EMBEDDED),
            "chained.txt": made.entry(one * 3, SHORT, 5, continued=True),
            "hole.txt": made.entry(two[:512], SHORT, hole=700),
            "gone.txt": made.entry(b"deleted content"),
            "이름.txt": made.entry(one[:100], EMBEDDED),
            "folder": folder,
        },
        deleted="gone.txt",
        place=1,
        form=SHORT,
    )
    return made


def samples() -> dict[str, bytes]:
    whole = image(filled())
    broken = filled()
    del broken.blocks[3]
    return {"files": whole, "lost-entries": image(broken)}


if __name__ == "__main__":
    for case, made in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(made)
