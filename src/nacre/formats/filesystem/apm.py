"""Disk images with an Apple partition map.

Layout: in the first block a driver descriptor ("ER") with the block size, from the second on one
entry ("PM") per block: entries of the map, first block, blocks, name, type.
Spec: Inside Macintosh: Devices, chapter 3. Yields one Child per partition, with its content's type,
the map itself and free space left out.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import partition_events
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Finding
from nacre.model.filetype import FileType
from nacre.parsers.partitions import SECTOR, Partition, intersect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_ENTRY: Final = struct.Struct(">2s2xIII32s32s")
"""Signature; entries of the map, first block, blocks, name, type."""
_SIGNATURE: Final = b"PM"
_MOST_ENTRIES: Final = 4096
_NO_CONTENT: Final = frozenset({b"Apple_partition_map", b"Apple_Free", b"Apple_Scratch"})


class ApmHandler:
    """Opens disk images with an Apple partition map."""

    TYPES: ClassVar = frozenset({FileType.APM})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the partitions."""
        block = int.from_bytes(data.read(2, 2), "big")
        sizes = [size for size in dict.fromkeys((block, SECTOR)) if size >= SECTOR]
        for size in sizes:
            if data.read(size, 2) == _SIGNATURE:
                partitions = list(_partitions(data, size, budget))
                if intersect(partitions):
                    alert = "Heuristics.APMPartitionIntersection"
                    yield Finding(alert, "alert_partition_intersection")
                yield from partition_events(data, partitions, budget)
                return
        raise Corrupt("no partition map")


def _partitions(data: Fmap, block: int, budget: Budget) -> Iterator[Partition]:
    count = 1
    number = 0
    while number < min(count, _MOST_ENTRIES):
        budget.check_time()
        number += 1
        raw = data.read(number * block, _ENTRY.size)
        if len(raw) != _ENTRY.size:
            return
        signature, count, first, blocks, name, kind = _ENTRY.unpack(raw)
        if signature != _SIGNATURE:
            return
        if kind.partition(b"\0")[0] not in _NO_CONTENT and blocks:
            text = name.partition(b"\0")[0] or b"partition %d" % number
            yield Partition(first * block, blocks * block, text)
