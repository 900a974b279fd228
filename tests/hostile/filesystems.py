"""Disks, partitions and file systems that hold themselves, or go in circles."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from hostile.case import MARK, Case

_SAMPLES = Path(__file__).parents[2] / "samples"
_SECTOR = 512
_MIB = 1 << 20


def _sample(name: str) -> bytearray:
    return bytearray((_SAMPLES / f"{name}.in").read_bytes())


def iso_that_holds_itself(path: Path) -> None:
    """A file whose extent is the whole image, which holds that file: without end."""
    data = _sample("filesystem/iso9660/plain")
    root_at, root_size = struct.unpack_from("<I4xI", data, 16 * 2048 + 156 + 2)
    at = root_at * 2048
    end = at + root_size
    while at < end and data[at]:
        if not data[at + 25] & 2:  # a file
            struct.pack_into("<I", data, at + 2, 0)
            struct.pack_into(">I", data, at + 6, 0)
            struct.pack_into("<I", data, at + 10, len(data))
            struct.pack_into(">I", data, at + 14, len(data))
        at += data[at]
    path.write_bytes(data)


def iso_of_directories_in_a_circle(path: Path) -> None:
    """Every folder is the root again."""
    data = _sample("filesystem/iso9660/plain")
    root_at, root_size = struct.unpack_from("<I4xI", data, 16 * 2048 + 156 + 2)
    at = root_at * 2048
    number = 0
    while at < root_at * 2048 + root_size and data[at]:
        number += 1
        if number > 2:
            data[at + 25] |= 2
            struct.pack_into("<I", data, at + 2, root_at)
            struct.pack_into("<I", data, at + 10, root_size)
        at += data[at]
    path.write_bytes(data + MARK)


def _mbr(*partitions: tuple[int, int, int]) -> bytes:
    """Kind, first sector and sectors of each."""
    rows = b"".join(struct.pack("<B3xB3xII", 0, *row) for row in partitions)
    return bytes(446) + rows.ljust(64, b"\0") + b"\x55\xaa"


def disk_that_holds_itself(path: Path) -> None:
    """Four partitions, each the whole disk."""
    sectors = 2048
    head = _mbr(*((7, 0, sectors),) * 4)
    path.write_bytes(head + bytes((sectors - 1) * _SECTOR))


def partitions_in_a_circle(path: Path) -> None:
    """Extended partitions: each leads to the first."""
    data = bytearray(_mbr((5, 1, 100)) + bytes(200 * _SECTOR))
    for sector in range(1, 100):
        data[sector * _SECTOR : (sector + 1) * _SECTOR] = _mbr((7, 1, 50), (5, 0, 100))
    path.write_bytes(data + MARK)


def partitions_without_end(path: Path) -> None:
    """A thousand extended partitions, one after the other."""
    data = bytearray(_mbr((5, 1, 5000)) + bytes(5000 * _SECTOR))
    for number in range(2000):
        at = (1 + number) * _SECTOR
        data[at : at + _SECTOR] = _mbr((7, 1, 1), (5, number + 1, 100))
    path.write_bytes(data)


def gpt_of_billions(path: Path) -> None:
    """A table of 2^32 entries of 2^32 bytes."""
    data = _sample("filesystem/gpt/two")
    struct.pack_into("<II", data, _SECTOR + 80, 0xFFFFFFFF, 0xFFFFFF80)
    struct.pack_into("<I", data, _SECTOR + 16, 0)
    struct.pack_into("<I", data, _SECTOR + 16, zlib.crc32(data[_SECTOR : _SECTOR + 92]))
    path.write_bytes(data + MARK)


def apm_of_billions(path: Path) -> None:
    data = _sample("filesystem/apm/two")
    for at in range(_SECTOR, len(data) - 8, _SECTOR):
        if data[at : at + 2] == b"PM":
            struct.pack_into(">III", data, at + 4, 0xFFFFFFFF, 0, 0xFFFFFFFF)
    path.write_bytes(data + MARK)


def _fat(data: bytearray) -> tuple[int, int, int]:
    """Where the first table, the root folder and the first cluster are."""
    size, _cluster, reserved, tables, root, _, _, table = struct.unpack_from("<HBHBHHBH", data, 11)
    first = reserved * size
    folder = first + tables * table * size
    return first, folder, folder + root * 32


def fat_of_clusters_in_a_circle(path: Path) -> None:
    """Every cluster is followed by the second one."""
    data = _sample("filesystem/fat/fat16")
    first, folder, _start = _fat(data)
    table = struct.unpack_from("<H", data, 22)[0] * struct.unpack_from("<H", data, 11)[0]
    data[first + 4 : first + table] = struct.pack("<H", 2) * (table // 2 - 2)
    for at in range(folder, folder + 32 * 16, 32):
        if data[at] not in {0, 0xE5} and not data[at + 11] & 0x18:
            struct.pack_into("<I", data, at + 28, 0xFFFFFFFF)
    path.write_bytes(data + MARK)


def fat_of_folders_in_a_circle(path: Path) -> None:
    """Whatever is in the root is a folder, and every cluster lists it again."""
    data = _sample("filesystem/fat/fat16")
    _first, folder, start = _fat(data)
    entry = b"FOLDER     \x10".ljust(26, b"\0") + struct.pack("<HI", 2, 0)
    data[folder : folder + 32 * 16] = entry * 16
    data[start : start + 4096] = entry * 128
    path.write_bytes(data + MARK)


def ext_of_sizes_that_lie(path: Path) -> None:
    """Every inode says that its file has 2^47 bytes."""
    data = _sample("filesystem/ext/ext4")
    group = struct.unpack_from("<I", data, 2048 + 8)[0] if data[1024 + 24] else 0
    block = 1024 << struct.unpack_from("<I", data, 1024 + 24)[0]
    group = struct.unpack_from("<I", data, (2048 if block == 1024 else block) + 8)[0]
    width = struct.unpack_from("<H", data, 1024 + 88)[0] or 128
    count = struct.unpack_from("<I", data, 1024 + 40)[0]
    for number in range(count):
        at = group * block + number * width
        if struct.unpack_from("<H", data, at)[0] & 0xF000 == 0x8000:
            struct.pack_into("<I", data, at + 4, 0xFFFFFFF0)
            struct.pack_into("<I", data, at + 108, 0x7FFF)
    path.write_bytes(data + MARK)


def _attribute(kind: int, size: int, run: bytes, *, flags: int = 0, unit: int = 0) -> bytes:
    """One of NTFS whose `size` bytes are in a run of clusters."""
    head = struct.pack("<IIBBHHH", kind, 64 + 16, 1, 0, 64, flags, 0)
    places = struct.pack("<QQHB13xQQ", 0, 0, 64, unit, size, size)
    return head + places + run.ljust(16, b"\0")


def _record(*attributes: bytes) -> bytes:
    head = struct.pack("<4sHH12xHH8xQ", b"FILE", 48, 0, 56, 1, 0).ljust(56, b"\0")
    return (head + b"".join(attributes) + b"\xff" * 4).ljust(1024, b"\0")


def _ntfs(count: int, record: bytes, behind: bytes) -> bytes:
    """A volume of clusters of 512 bytes whose records are all alike, and `behind` in cluster 2."""
    boot = b"\xeb\x52\x90NTFS    " + struct.pack("<HB34xQ8xb", 512, 1, 2 + len(behind) // 512, -10)
    table = _attribute(
        0x80, count * 1024, struct.pack("<BII", 0x44, count * 2, 2 + len(behind) // 512)
    )
    return (
        boot.ljust(510, b"\0") + b"\x55\xaa" + bytes(512) + behind + _record(table) + record * count
    )


def ntfs_of_records_that_list_all_others(path: Path) -> None:
    """Each says that 4096 others go on with it."""
    others = b"".join(
        struct.pack("<IHBB8xQQ", 0x80, 32, 0, 26, number, 0) for number in range(16, 16 + 4096)
    )
    listed = _attribute(0x20, len(others), struct.pack("<BIB", 0x14, len(others) // 512, 2))
    path.write_bytes(_ntfs(16384, _record(listed), others) + MARK)


def ntfs_of_holes(path: Path) -> None:
    """Thousands of files of 90 MB that are stored nowhere."""
    hole = _attribute(0x80, 90_000_000, struct.pack("<BI", 0x04, 175_800), flags=1, unit=4)
    path.write_bytes(_ntfs(4096, _record(hole), b"") + MARK)


def squashfs_of_sizes_that_lie(path: Path) -> None:
    """Counts and places of the superblock are all 2^32 and more."""
    data = _sample("filesystem/squashfs/gzip")
    struct.pack_into("<I", data, 4, 0xFFFFFFFF)
    struct.pack_into("<I", data, 16, 0xFFFFFFFF)
    struct.pack_into("<QQQ", data, 48, 1 << 60, 1 << 60, 1 << 60)
    path.write_bytes(data + MARK)


def hfs_of_trees_in_a_circle(path: Path) -> None:
    """Every node of the catalog is followed by itself."""
    data = _sample("filesystem/hfsplus/xorriso")
    block = struct.unpack_from(">I", data, 1024 + 40)[0]
    start = struct.unpack_from(">I", data, 1024 + 272 + 16)[0] * block
    node = struct.unpack_from(">H", data, start + 14 + 18)[0]
    for number in range(1, (len(data) - start) // node):
        struct.pack_into(">II", data, start + number * node, number, number)
    path.write_bytes(data + MARK)


def udf_of_folders_in_a_circle(path: Path) -> None:
    """Every long allocation descriptor leads to the same place."""
    data = _sample("filesystem/udf/files")
    for at in range(257 * 2048, len(data) - 60, 4):
        if data[at : at + 2] == b"\x01\x01":  # a file identifier
            struct.pack_into("<II", data, at + 20, 2048, 2)
            data[at + 18] |= 2
    path.write_bytes(data + MARK)


def dmg_of_a_table_that_lies(path: Path) -> None:
    """The trailer leads to a table of 2^60 bytes."""
    data = _sample("filesystem/dmg/methods")
    struct.pack_into(">QQ", data, len(data) - _SECTOR + 216, 64, 1 << 60)
    path.write_bytes(data)


def wim_of_sizes_that_lie(path: Path) -> None:
    """Its table of resources promises 2^55 bytes, and so does each resource."""
    data = _sample("archive/wim/xpress")
    for at in (48, 72, 96, 124):
        struct.pack_into("<QQQ", data, at, (1 << 55) - 1, 208, 1 << 62)
    path.write_bytes(data + MARK)


CASES = (
    Case("iso-that-holds-itself", iso_that_holds_itself, found=False, told="MaxRecursion"),
    Case("iso-of-directories-in-a-circle", iso_of_directories_in_a_circle),
    Case("disk-that-holds-itself", disk_that_holds_itself, found=False, told="the disk itself"),
    Case("partitions-in-a-circle", partitions_in_a_circle, told="MaxRecursion"),
    Case("partitions-without-end", partitions_without_end, found=False, told="MaxPartitions"),
    Case("gpt-of-billions", gpt_of_billions, told="entries 4096"),
    Case("apm-of-billions", apm_of_billions, told="MaxRecursion"),
    Case("fat-of-clusters-in-a-circle", fat_of_clusters_in_a_circle, told="MaxScanSize"),
    Case("fat-of-folders-in-a-circle", fat_of_folders_in_a_circle),
    Case("ext-of-sizes-that-lie", ext_of_sizes_that_lie, told="MaxScanSize"),
    Case("ntfs-of-lists", ntfs_of_records_that_list_all_others, told="too many records"),
    Case("ntfs-of-holes", ntfs_of_holes, told="MaxScanSize"),
    Case("squashfs-of-sizes-that-lie", squashfs_of_sizes_that_lie, told="lies outside"),
    Case("hfs-of-trees-in-a-circle", hfs_of_trees_in_a_circle),
    Case("udf-of-folders-in-a-circle", udf_of_folders_in_a_circle),
    Case("dmg-of-a-table-that-lies", dmg_of_a_table_that_lies, found=False, told="MaxRecursion"),
    Case("wim-of-sizes-that-lie", wim_of_sizes_that_lie, told="a table of"),
)
