"""Disks of VirtualBox (VDI), and changes of such disks.

Layout, little-endian: a text, a mark, a header with sizes and places, a map with the number of each
block's place, the blocks. Yields the disk as one Child.
Source: the header of images that QEMU and VirtualBox write (VDI 1.1).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.virtual_disk import CHANGES, absent, disk, entry
from nacre.model.errors import Corrupt, Unsupported
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.extents import Extent
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<64xIHH4xI260xII20xQIII")
"""Mark, minor and major version, kind; places of map and blocks; size of the disk, of a block, of
what is before each block, number of blocks."""
_FIRST_CHANGES: Final = 3
_ENTRY: Final = 4
_UNUSED: Final = 0xFFFFFFFE
"""From here on a block has no place."""
_SMALLEST: Final = 512


class VdiHandler:
    """Opens images of disks by VirtualBox."""

    TYPES: ClassVar = frozenset({FileType.VDI})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the disk."""
        header = Reader(data).unpack(_HEADER)
        _, _, major, kind, table, start, size, block, before, count = header
        if major != 1:
            raise Unsupported(f"version {major}")
        if block < _SMALLEST:
            raise Corrupt(f"blocks of {block} bytes")
        if kind >= _FIRST_CHANGES:
            yield Problem(CHANGES)
        yield from disk(data, _blocks(data, table, start, (block, before), count), size, budget)


def _blocks(
    data: Fmap, table: int, start: int, sizes: tuple[int, int], count: int
) -> Iterator[Extent]:
    block, before = sizes
    for number in range(count):
        place = entry(data, table + number * _ENTRY, _ENTRY, "little")
        if place is None:
            yield absent(data, block)
        else:
            used = place < _UNUSED
            yield Extent(start + place * (block + before) + before if used else -1, block)
