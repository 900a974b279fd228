"""Disk images with a master boot record.

Layout: at 446 of the first sector four entries of 16 bytes (type at 4, first sector at 8, sectors
at 12), then 55 aa. An extended partition begins with such a record of its own: the first entry is a
logical partition, the second names the next record.
Spec: UEFI 2.10, 5.2.1; the chain of extended partitions as Linux and Windows read it. Yields the
boot code and one Child per partition, with its content's type; but none for a partition that begins
with the record itself, as in ISO images that may be put on a stick: that is the layer.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import partition_events, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Finding, Problem
from nacre.model.filetype import FileType
from nacre.parsers.partitions import SECTOR, Partition, intersect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_ENTRIES: Final = 446
_ENTRY: Final = struct.Struct("<B3xB3xII")
_COUNT: Final = 4
_MARK: Final = b"\x55\xaa"
_EXTENDED: Final = frozenset({0x05, 0x0F, 0x85})
_MOST_RECORDS: Final = 4096

_STATUS: Final = frozenset({0x00, 0x80})
"""Not to be booted, or to be; boot code of a lone file system has other bytes here."""

_Entry = tuple[int, int, int, int]
"""Status, type, first sector and number of sectors."""


class MbrHandler:
    """Opens disk images with a master boot record."""

    TYPES: ClassVar = frozenset({FileType.MBR})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the partitions."""
        entries = _record(data, 0)
        if entries is None or any(status not in _STATUS for status, *_ in entries):
            raise Corrupt("no master boot record")
        if len(data) == SECTOR or not any(kind for _, kind, *_ in entries):
            return  # the record alone, which holds nothing, or no table
        partitions: list[Partition] = []
        for _, kind, first, count in entries:
            if kind in _EXTENDED:
                partitions.extend(_logical(data, first, budget))
            elif kind and count:
                partitions.append(_partition(first, count, len(partitions)))
        if not any(partition.start < len(data) for partition in partitions):
            raise Corrupt("no partition inside the image")
        if intersect(partitions):
            yield Finding("Heuristics.MBRPartitionnIntersect", "alert_partition_intersection")
        yield from stored_member(data.slice(0, SECTOR), b"boot record", SECTOR, budget)
        inner = [partition for partition in partitions if partition.start]
        if len(partitions) - len(inner) > 1:
            yield Problem(f"{len(partitions) - len(inner)} partitions that are the disk itself")
        yield from partition_events(data, inner, budget)


def _partition(first: int, count: int, number: int) -> Partition:
    return Partition(first * SECTOR, count * SECTOR, b"partition %d" % (number + 1))


def _record(data: Fmap, sector: int) -> tuple[_Entry, ...] | None:
    """The entries of the record in `sector`, or None when there is none."""
    block = data.read(sector * SECTOR, SECTOR)
    if len(block) != SECTOR or not block.endswith(_MARK):
        return None
    return tuple(_entry(block, _ENTRIES + number * _ENTRY.size) for number in range(_COUNT))


def _entry(block: bytes, at: int) -> _Entry:
    status, kind, first, count = _ENTRY.unpack_from(block, at)
    return status, kind, first, count


def _logical(data: Fmap, extended: int, budget: Budget) -> Iterator[Partition]:
    """The partitions inside the extended one at sector `extended`."""
    visited: set[int] = set()
    sector = extended
    while sector not in visited and len(visited) < _MOST_RECORDS:
        budget.check_time()
        visited.add(sector)
        entries = _record(data, sector)
        if entries is None:
            return
        (_, kind, first, count), (_, next_kind, offset, _), *_ = entries
        if kind and count:
            yield _partition(sector + first, count, _COUNT + len(visited) - 1)
        if next_kind not in _EXTENDED:
            return
        sector = extended + offset
