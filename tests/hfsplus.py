"""A writer of HFS+ volumes with what xorriso does not write, from Apple's TN1150.

`python tests/hfsplus.py FOLDER` writes the samples.
"""

from __future__ import annotations

import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

BLOCK, NODE = 512, 4096
CNID_FIRST = 16
COMPRESSED = 0x20
LZVN = Path(__file__).parents[1] / "crates/codecs/tests/lzvn.raw"


@dataclass
class File:
    """A file to be written."""

    name: str
    data: bytes = b""
    resource: bytes = b""
    attribute: bytes = b""
    pieces: int = 1
    """Stretches of blocks that the data is strewn over."""


def decmpfs(method: int, size: int, inline: bytes = b"") -> bytes:
    return struct.pack("<4sIQ", b"fpmc", method, size) + inline


def zlib_fork(content: bytes) -> bytes:
    """A resource fork of zlib blocks."""
    pieces = [zlib.compress(content[at : at + 65536]) for at in range(0, len(content), 65536)]
    at, table = 4 + 8 * len(pieces), b""
    for piece in pieces:
        table += struct.pack("<2I", at, len(piece))
        at += len(piece)
    body = struct.pack("<I", len(pieces)) + table + b"".join(pieces)
    head = struct.pack(">4I", 256, 260 + len(body), len(body) + 4, 50).ljust(256, b"\0")
    return head + struct.pack(">I", len(body)) + body + bytes(50)


def block_fork(*pieces: bytes) -> bytes:
    """A resource fork of LZVN or LZFSE blocks."""
    at = 4 * (len(pieces) + 1)
    offsets = [at + sum(map(len, pieces[:number])) for number in range(len(pieces) + 1)]
    return b"".join(struct.pack("<I", offset) for offset in offsets) + b"".join(pieces)


class _Volume:
    def __init__(self) -> None:
        self.blocks: list[bytes] = [bytes(BLOCK)] * 3
        self.overflows: list[tuple[bytes, bytes]] = []

    def put(self, content: bytes, pieces: int = 1) -> list[tuple[int, int]]:
        """Write content, in stretches that are apart; returns their places."""
        cut = [content[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(content), BLOCK)]
        each = -(-len(cut) // pieces)
        places = []
        for at in range(0, len(cut), each):
            places.append((len(self.blocks), len(cut[at : at + each])))
            self.blocks += cut[at : at + each]
            if pieces > 1:
                self.blocks.append(b"between".ljust(BLOCK, b"."))
        return places

    def fork(self, content: bytes, number: int, pieces: int = 1) -> bytes:
        if not content:
            return bytes(80)
        places = self.put(content, pieces)
        at = 0
        for first in range(8, len(places), 8):
            at += sum(count for _, count in places[first - 8 : first])
            key = struct.pack(">HBxII", 10, 0, number, at)
            self.overflows.append((key, _extents(places[first : first + 8])))
        blocks = sum(count for _, count in places)
        return struct.pack(">QII", len(content), 0, blocks) + _extents(places[:8])


def _extents(places: list[tuple[int, int]]) -> bytes:
    return b"".join(struct.pack(">2I", *place) for place in places).ljust(64, b"\0")


def _tree(records: list[bytes], longest_key: int) -> bytes:
    """A tree of a header and leaves that are chained."""
    leaves: list[list[bytes]] = [[]]
    for record in records:
        if sum(map(len, leaves[-1])) + len(record) + 2 * len(leaves[-1]) > NODE - 20:
            leaves.append([])
        leaves[-1].append(record)
    head = struct.pack(
        ">H4I2H2I", 1, 1, len(records), 1, len(leaves), NODE, longest_key, len(leaves) + 1, 0
    ).ljust(106, b"\0")
    nodes = [_node(0, 1, [head, bytes(128), bytes(NODE - 256)])]
    for number, leaf in enumerate(leaves, 1):
        nodes.append(_node(number + 1 if number < len(leaves) else 0, -1, leaf))
    return b"".join(nodes)


def _node(following: int, kind: int, records: list[bytes]) -> bytes:
    body, places = b"", []
    for record in records:
        places.append(14 + len(body))
        body += record
    places.append(14 + len(body))
    offsets = b"".join(struct.pack(">H", place) for place in reversed(places))
    head = struct.pack(">2IbBHH", following, 0, kind, kind == -1, len(records), 0)
    return (head + body)[: NODE - len(offsets)].ljust(NODE - len(offsets), b"\0") + offsets


def _key(parent: int, name: str) -> bytes:
    coded = name.encode("utf-16-be")
    return struct.pack(">HIH", 6 + len(coded), parent, len(coded) // 2) + coded


def volume(*files: File, magic: bytes = b"H+\0\4") -> bytes:
    """A volume with all files in its root."""
    made = _Volume()
    root = struct.pack(">2H2I", 1, 0, len(files), 2).ljust(88, b"\0")
    thread = struct.pack(">2HIH", 3, 0, 1, 4) + "root".encode("utf-16-be")
    catalog = [_key(1, "root") + root, _key(2, "") + thread]
    attributes = []
    for number, file in enumerate(sorted(files, key=lambda file: file.name), CNID_FIRST):
        forks = made.fork(file.data, number, file.pieces) + made.fork(file.resource, number)
        flags = COMPRESSED if file.attribute else 0
        record = struct.pack(">2H2I29xBH44x", 2, 0, 0, number, flags, 0o100644)
        catalog.append(_key(2, file.name) + record + forks)
        if file.attribute:
            name = "com.apple.decmpfs".encode("utf-16-be")
            key = struct.pack(">2H2IH", 12 + len(name), 0, number, 0, len(name) // 2) + name
            body = struct.pack(">I8xI", 0x10, len(file.attribute)) + file.attribute
            attributes.append(key + body + bytes(len(body) % 2))
    trees = [_tree(catalog, 516), _tree(attributes, 266) if attributes else b""]
    special = [made.fork(_tree([key + body for key, body in made.overflows], 10), 3)]
    special += [made.fork(tree, 4) for tree in trees]
    total = len(made.blocks) + 2
    header = magic + struct.pack(
        ">3I4I2I8I", 0x100, 0, 0, 0, 0, 0, 0, len(files), 0, BLOCK, total, 0, 0, 0, 0, 99, 0
    )  # fmt: skip
    header = header.ljust(112, b"\0") + bytes(80) + b"".join(special) + bytes(80)
    made.blocks[2] = header
    return b"".join(made.blocks) + bytes(BLOCK) + header


def samples() -> dict[str, bytes]:
    one, two = (
        b"".join(b"%s, line %d\n" % (name, at) for at in range(90)) for name in (b"1", b"2")
    )
    packed = LZVN.read_bytes()[12:-4]
    files = [
        File("inline.txt", attribute=decmpfs(3, len(one), zlib.compress(one))),
        File("stored.txt", attribute=decmpfs(3, 300, b"\xff" + one[:300])),
        File("fork.txt", attribute=decmpfs(4, len(two)), resource=zlib_fork(two)),
        File("lzvn.txt", attribute=decmpfs(8, 1500), resource=block_fork(packed)),
        File("strewn.txt", one * 5, pieces=11),
        File("two forks.txt", two, resource=one[:100]),
    ]
    whole = volume(*files, magic=b"HX\0\5")
    return {"compressed": whole, "cut": whole[: len(whole) - 6000]}


if __name__ == "__main__":
    for case, made in samples().items():
        (Path(sys.argv[1]) / f"{case}.in").write_bytes(made)
