"""File systems that ClamAV has no type for, by their first sectors.

An image of FAT ends its first sector like a master boot record, so ClamAV takes it for one.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_FAT: Final = struct.Struct("<11xHBHBHHBH8xII")
_FAT_SECTORS: Final = frozenset({512, 1024, 2048, 4096})
_MOST_FATS: Final = 4
_MEDIA: Final = frozenset({0xF0, *range(0xF8, 0x100)})
_EXFAT: Final = b"EXFAT   "
_EXFAT_AT: Final = 3
_NTFS: Final = struct.Struct("<3x8sHB34xQ")
_EXT_AT: Final = 1080
_EXT: Final = b"\x53\xef"
_EXT_BLOCK_AT: Final = 1048
_EXT_BLOCKS: Final = range(7)
"""Blocks of 1 KiB to 64 KiB."""
_SECTOR: Final = 512
_ENTRIES_AT: Final = 446
_ENTRY: Final = struct.Struct("<B3xB3xII")


def is_fat(data: Fmap) -> bool:
    """True when the first sector describes a FAT volume, as its drivers check it."""
    head = data.read(0, _FAT.size)
    if len(head) < _FAT.size:
        return False
    sector, cluster, reserved, fats, _, few, media, fat, many, fat32 = _FAT.unpack(head)
    return (
        sector in _FAT_SECTORS
        and cluster.bit_count() == 1
        and reserved > 0
        and 0 < fats <= _MOST_FATS
        and media in _MEDIA
        and (few > 0 or many > 0)
        and (fat > 0 or fat32 > 0)
    )


def is_exfat(head: bytes) -> bool:
    """True when the first bytes are those of an exFAT volume."""
    return head[_EXFAT_AT : _EXFAT_AT + len(_EXFAT)] == _EXFAT


def is_ntfs(data: Fmap) -> bool:
    """True when the first sector is that of an NTFS volume."""
    head = data.read(0, _NTFS.size)
    if len(head) < _NTFS.size:
        return False
    mark, sector, cluster, table = _NTFS.unpack(head)
    return mark == b"NTFS    " and sector in _FAT_SECTORS and cluster > 0 and table > 0


def is_ext(data: Fmap) -> bool:
    """True when there is a superblock of ext2, ext3 or ext4."""
    return (
        data.read(_EXT_AT, len(_EXT)) == _EXT
        and int.from_bytes(data.read(_EXT_BLOCK_AT, 4), "little") in _EXT_BLOCKS
    )


def is_partitioned(data: Fmap) -> bool:
    """True when the end of the first sector is a table with a partition inside the image."""
    head = data.read(0, _SECTOR)
    if len(head) < _SECTOR:
        return False
    entries = list(_ENTRY.iter_unpack(head[_ENTRIES_AT : _ENTRIES_AT + 4 * _ENTRY.size]))
    return all(not status & 0x7F for status, *_ in entries) and any(
        kind and count and first * _SECTOR < len(data) for _, kind, first, count in entries
    )
