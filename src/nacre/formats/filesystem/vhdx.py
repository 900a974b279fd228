"""Disks of Hyper-V (VHDX), and changes of such disks.

Layout: an identifier, two headers, two tables of regions. Of these the metadata tell the sizes of
disk, blocks and sectors, and the block table where each block is; among its entries stand, after as
many blocks as one map of sectors tells of, those of such maps.
Spec: MS-VHDX. Yields the disk as one Child. What the log holds is not written into it first; that
is told.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from nacre.formats.virtual_disk import CHANGES, absent, disk, entry
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.extents import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADERS: Final = (0x10000, 0x20000)
_HEADER: Final = struct.Struct("<4s4xQ32x16s")
"""Mark; number of the writing, the log's."""
_TABLES: Final = (0x30000, 0x40000)
_TABLE: Final = struct.Struct("<4s4xI4x")
_REGION: Final = struct.Struct("<16sQI4x")
_ITEMS: Final = struct.Struct("<8s2xH20x")
_ITEM: Final = struct.Struct("<16sII8x")
_MOST: Final = 2047
"""Entries of a table."""
_BLOCKS: Final = UUID("2dc27766-f623-4200-9d64-115e9bfd4a08").bytes_le
_METADATA: Final = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e").bytes_le
_FILE: Final = UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b").bytes_le
_SIZE: Final = UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8").bytes_le
_SECTOR: Final = UUID("8141bf1d-a96f-4709-ba47-f233a8faab5f").bytes_le
_HAS_PARENT: Final = 2
_SECTORS_PER_MAP: Final = 1 << 23
_STATE: Final = 7
_PRESENT: Final = frozenset({6, 7})
_PLACE: Final = ~0xFFFFF
_ENTRY: Final = 8
_SMALLEST: Final = 1 << 12


class VhdxHandler:
    """Opens images of disks by Hyper-V."""

    TYPES: ClassVar = frozenset({FileType.VHDX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the disk."""
        regions = _regions(data)
        if _BLOCKS not in regions or _METADATA not in regions:
            raise Corrupt("no table of regions")
        items = _items(data, regions[_METADATA])
        size, sector = _number(data, items, _SIZE, 8), _number(data, items, _SECTOR, 4)
        block, flags = _number(data, items, _FILE, 4), _number(data, items, _FILE, 4, 4)
        if block < _SMALLEST or not sector:
            raise Corrupt(f"blocks of {block} bytes")
        if _is_log_used(data):
            yield Problem("disk: changes that are only in the log were left out")
        if flags & _HAS_PARENT:
            yield Problem(CHANGES)
        run = max(1, _SECTORS_PER_MAP * sector // block)
        pieces = _blocks(data, regions[_BLOCKS], -(-size // block), block, run)
        yield from disk(data, pieces, size, budget)


def _regions(data: Fmap) -> dict[bytes, int]:
    for at in _TABLES:
        raw = data.read(at, _TABLE.size)
        if len(raw) == _TABLE.size and raw.startswith(b"regi"):
            count = min(_TABLE.unpack(raw)[1], _MOST)
            entries = data.read(at + _TABLE.size, count * _REGION.size)
            whole = entries[: len(entries) // _REGION.size * _REGION.size]
            return {kind: place for kind, place, _ in _REGION.iter_unpack(whole)}
    return {}


def _items(data: Fmap, start: int) -> dict[bytes, int]:
    """Where the metadata are, by what they are."""
    raw = data.read(start, _ITEMS.size)
    if len(raw) < _ITEMS.size or not raw.startswith(b"metadata"):
        raise Corrupt("no metadata")
    count = min(_ITEMS.unpack(raw)[1], _MOST)
    entries = data.read(start + _ITEMS.size, count * _ITEM.size)
    whole = entries[: len(entries) // _ITEM.size * _ITEM.size]
    return {kind: start + offset for kind, offset, _ in _ITEM.iter_unpack(whole)}


def _number(data: Fmap, items: dict[bytes, int], item: bytes, size: int, skip: int = 0) -> int:
    if item not in items:
        raise Corrupt("metadata are missing")
    return int.from_bytes(data.read(items[item] + skip, size), "little")


def _is_log_used(data: Fmap) -> bool:
    """Whether the last header written has a log: whoever closes a disk takes it away."""
    headers = [data.read(at, _HEADER.size) for at in _HEADERS]
    whole = [_HEADER.unpack(raw) for raw in headers if len(raw) == _HEADER.size]
    last = max(((number, log) for mark, number, log in whole if mark == b"head"), default=(0, b""))
    return any(last[1])


def _blocks(data: Fmap, table: int, count: int, block: int, run: int) -> Iterator[Extent]:
    for number in range(count):
        at = table + (number + number // run) * _ENTRY
        place = entry(data, at, _ENTRY, "little")
        if place is None:
            yield absent(data, block)
        else:
            yield Extent(place & _PLACE if place & _STATE in _PRESENT else -1, block)
