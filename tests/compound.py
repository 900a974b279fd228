"""A writer of compound files (MS-CFB) and of compressed VBA (MS-OVBA 2.4.1), for tests."""

from __future__ import annotations

import struct
from typing import TypeAlias

Tree: TypeAlias = "dict[str, bytes | Tree]"

FREE, END, FAT, DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
NONE = 0xFFFFFFFF
MINI, CUTOFF = 64, 4096


class _Sectors:
    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()
        self.table: list[int] = []

    def add(self, content: bytes) -> int:
        """Append a chain; gives its first sector."""
        if not content:
            return END
        first = len(self.table)
        count = -(-len(content) // self.size)
        self.table += [*range(first + 1, first + count), END]
        self.data += content.ljust(count * self.size, b"\0")
        return first


def _order(name: str) -> tuple[int, str]:
    return len(name), name.upper()


def compound_file(tree: Tree, *, version: int = 3, clsid: bytes = bytes(16)) -> bytes:
    """A compound file with the streams (bytes) and storages (dict) of `tree`."""
    sectors, mini = _Sectors(512 if version == 3 else 4096), _Sectors(MINI)
    entries: list[bytearray] = []

    def entry(name: str, kind: int, content: bytes = b"") -> int:
        record = bytearray(128)
        encoded = name.encode("utf-16-le")
        record[: len(encoded)] = encoded
        struct.pack_into("<HBB3I", record, 64, len(encoded) + 2, kind, 1, NONE, NONE, NONE)
        if kind == 2:
            home = mini if len(content) < CUTOFF else sectors
            struct.pack_into("<IQ", record, 116, home.add(content), len(content))
        entries.append(record)
        return len(entries) - 1

    def siblings(numbers: list[int]) -> int:
        if not numbers:
            return NONE
        middle = len(numbers) // 2
        left, right = siblings(numbers[:middle]), siblings(numbers[middle + 1 :])
        struct.pack_into("<II", entries[numbers[middle]], 68, left, right)
        return numbers[middle]

    def storage(number: int, content: Tree) -> None:
        children = []
        for name in sorted(content, key=_order):
            value = content[name]
            child = entry(name, 2, value) if isinstance(value, bytes) else entry(name, 1)
            children.append(child)
            if not isinstance(value, bytes):
                storage(child, value)
        struct.pack_into("<I", entries[number], 76, siblings(children))

    storage(entry("Root Entry", 5), tree)
    entries[0][80:96] = clsid
    struct.pack_into("<IQ", entries[0], 116, sectors.add(bytes(mini.data)), len(mini.data))
    minifat = b"".join(struct.pack("<I", link) for link in mini.table)
    minifat += b"\xff" * (-len(minifat) % sectors.size)
    mini_start = sectors.add(minifat)
    while len(entries) * 128 % sectors.size:
        entries.append(bytearray(struct.pack("<66xBB3I52x", 0, 0, NONE, NONE, NONE)))
    directory = sectors.add(b"".join(entries))
    directory_count = len(entries) * 128 // sectors.size
    return _assemble(version, sectors, (directory, directory_count, mini_start, len(minifat)))


def _assemble(version: int, sectors: _Sectors, places: tuple[int, int, int, int]) -> bytes:
    directory, directory_count, mini_start, mini_size = places
    per = sectors.size // 4
    count = extra = 0
    while count * per < len(sectors.table) + count + extra:
        count += 1
        extra = max(0, -(-(count - 109) // (per - 1)))
    numbers = [len(sectors.table) + at for at in range(count)]
    first = len(sectors.table) + count
    table = [*sectors.table, *[FAT] * count, *[DIFAT] * extra]
    table += [FREE] * (count * per - len(table))
    fat = struct.pack(f"<{len(table)}I", *table)
    header = struct.pack(
        "<8s16x5H6x9I",
        bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, version, 0xFFFE, 9 if version == 3 else 12, 6,
        0 if version == 3 else directory_count, count, directory, 0, CUTOFF, mini_start,
        mini_size // sectors.size, first if extra else END, extra,
    )  # fmt: skip
    header += struct.pack("<109I", *(numbers + [FREE] * 109)[:109])
    more = b""
    for number in range(extra):
        at = 109 + number * (per - 1)
        part = (numbers[at : at + per - 1] + [FREE] * per)[: per - 1]
        follower = first + number + 1 if number + 1 < extra else END
        more += struct.pack(f"<{per}I", *part, follower)
    return header.ljust(sectors.size, b"\0") + bytes(sectors.data) + fat + more


def vba_directory(modules: list[str], *, offset: int = 0, page: int = 1252) -> bytes:
    """The `dir` stream of a project with these modules (MS-OVBA 2.3.4.2), not compressed."""

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HI", kind, len(data)) + data

    def texts(kind: int, wide: int, text: str) -> bytes:
        return record(kind, text.encode()) + record(wide, text.encode("utf-16-le"))

    out = (
        record(1, struct.pack("<I", 1)) + record(2, b"\x09\x04\0\0") + record(0x14, b"\x09\x04\0\0")
    )
    out += record(3, struct.pack("<H", page)) + record(4, b"Project") + texts(5, 0x40, "")
    out += record(6) + record(0x3D) + record(7, bytes(4)) + record(8, bytes(4))
    out += struct.pack("<HIIH", 9, 4, 0x65BE0257, 17) + texts(0xC, 0x3C, "A = 1")
    out += texts(0x16, 0x3E, "stdole") + record(0x0D, struct.pack("<I", 5) + b"*\\G#2" + bytes(6))
    out += record(0xF, struct.pack("<H", len(modules))) + record(0x13, b"\xff\xff")
    for name in modules:
        out += texts(0x19, 0x47, name) + texts(0x1A, 0x32, name) + texts(0x1C, 0x48, "")
        out += record(0x31, struct.pack("<I", offset)) + record(0x1E, bytes(4))
        out += record(0x2C, b"\xff\xff") + record(0x21) + record(0x2B)
    return out + record(0x10)


def vba_storage(modules: dict[str, bytes], **options: int) -> Tree:
    """The storage ``VBA`` of a project with these sources."""
    streams: Tree = {name: compress(source) for name, source in modules.items()}
    streams["dir"] = compress(vba_directory(list(modules), **options))
    streams["_VBA_PROJECT"] = bytes.fromhex("cc61ffff000000")
    return streams


def compress(text: bytes) -> bytes:
    """`text` as a compressed container of MS-OVBA, with copy tokens where they pay."""
    out = bytearray(b"\x01")
    for start in range(0, len(text), 4096):
        chunk = text[start : start + 4096]
        tokens = _tokens(chunk)
        out += struct.pack("<H", 0xB000 | (len(tokens) + 2 - 3)) + tokens
    return bytes(out)


def _tokens(chunk: bytes) -> bytes:
    out = bytearray()
    at = 0
    while at < len(chunk):
        flags, group = 0, bytearray()
        for bit in range(8):
            if at >= len(chunk):
                break
            bits = max(4, (at - 1).bit_length()) if at else 4
            longest = min((0xFFFF >> bits) + 3, len(chunk) - at)
            distance, length = 0, 0
            for size in range(longest, 2, -1):
                found = chunk.rfind(chunk[at : at + size], 0, at + size - 1)
                if found >= 0:
                    distance, length = at - found, size
                    break
            if length:
                flags |= 1 << bit
                group += struct.pack("<H", (distance - 1) << (16 - bits) | (length - 3))
                at += length
            else:
                group.append(chunk[at])
                at += 1
        out.append(flags)
        out += group
    return bytes(out)
