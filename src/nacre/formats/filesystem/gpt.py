"""Disk images with a GUID partition table.

Layout: in the second sector, and again in the last, a header: signature, where its table of
partitions begins, how many entries of which size. An entry: type and own GUID, first and last
sector, attributes, name in UTF-16.
Spec: UEFI 2.10, 5.3. Yields one Child per partition, with its content's type. Checksums are not
compared: the first header that can be read counts, so that a damaged disk is still opened.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import partition_events
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Finding, Problem
from nacre.model.filetype import FileType
from nacre.parsers.partitions import Partition, intersect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SECTOR_SIZES: Final = (512, 4096)
_SIGNATURE: Final = b"EFI PART"
_HEADER: Final = struct.Struct("<8s64xQII")
"""Signature; sector of the table, entries, size of an entry."""
_ENTRY: Final = struct.Struct("<16s16xQQ8x72s")
_MOST_ENTRIES: Final = 4096
_UNUSED: Final = bytes(16)


class GptHandler:
    """Opens disk images with a GUID partition table."""

    TYPES: ClassVar = frozenset({FileType.GPT})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the partitions."""
        for sector_size in _SECTOR_SIZES:
            for header_at in (sector_size, len(data) - sector_size):
                header = data.read(max(0, header_at), _HEADER.size)
                if len(header) == _HEADER.size and header.startswith(_SIGNATURE):
                    partitions = list(_partitions(data, header, sector_size, budget))
                    if intersect(partitions):
                        alert = "Heuristics.GPTPartitionIntersection"
                        yield Finding(alert, "alert_partition_intersection")
                    yield from partition_events(data, partitions, budget)
                    _, _, count, _ = _HEADER.unpack(header)
                    if count > _MOST_ENTRIES:
                        yield Problem(f"of {count} entries {_MOST_ENTRIES} were looked at")
                    return
        raise Corrupt("no header of a GUID partition table")


def _partitions(data: Fmap, header: bytes, sector_size: int, budget: Budget) -> Iterator[Partition]:
    _, table, count, entry_size = _HEADER.unpack(header)
    if entry_size < _ENTRY.size:
        raise Corrupt(f"entries of {entry_size} bytes")
    for number in range(min(count, _MOST_ENTRIES)):
        budget.check_time()
        raw = data.read(min(table * sector_size + number * entry_size, len(data)), _ENTRY.size)
        if len(raw) != _ENTRY.size:
            return
        kind, first, last, name = _ENTRY.unpack(raw)
        if kind != _UNUSED and last >= first:
            text = name.decode("utf-16-le", "replace").partition("\0")[0].encode("utf-8", "replace")
            size = (last - first + 1) * sector_size
            yield Partition(first * sector_size, size, text or b"partition %d" % (number + 1))
