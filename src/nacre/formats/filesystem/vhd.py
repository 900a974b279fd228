"""Disks of Hyper-V and Virtual PC whose image grows (VHD), and changes of such disks.

Layout, big-endian: a copy of the footer of 512 bytes, a header, a table with the sector of each
block, the blocks, each behind a map of its sectors, the footer. A disk of fixed size is the disk
itself with a footer behind it, and needs no handler. Yields the disk as one Child.
Spec: Virtual Hard Disk Image Format Specification (Microsoft, 2006).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.virtual_disk import CHANGES, absent, disk, entry
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.extents import Extent
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_FOOTER: Final = struct.Struct(">8s8xQ24xQ4xI")
"""Mark; place of the header, size of the disk, kind."""
_HEADER: Final = struct.Struct(">8s8xQ4xII")
"""Mark; place of the table, entries, size of a block."""
_MARK: Final = b"cxsparse"
_GROWING, _CHANGES = 3, 4
_UNUSED: Final = 0xFFFFFFFF
_SECTOR: Final = 512
_ENTRY: Final = 4
_SECTORS_PER_MAP: Final = 8 * _SECTOR * _SECTOR
"""Bytes of a block that one sector of its map tells of."""


class VhdHandler:
    """Opens images of disks by Hyper-V and Virtual PC."""

    TYPES: ClassVar = frozenset({FileType.VHD})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the disk."""
        _, at, size, kind = Reader(data).unpack(_FOOTER)
        if kind not in {_GROWING, _CHANGES} or data.read(at, len(_MARK)) != _MARK:
            raise Corrupt("no header behind the footer")
        _, table, entries, block = Reader(data, at).unpack(_HEADER)
        if block < _SECTOR or block % _SECTOR:
            raise Corrupt(f"blocks of {block} bytes")
        if kind == _CHANGES:
            yield Problem(CHANGES)
        yield from disk(data, _blocks(data, table, entries, block), size, budget)


def _blocks(data: Fmap, table: int, entries: int, block: int) -> Iterator[Extent]:
    before = -(-block // _SECTORS_PER_MAP) * _SECTOR
    for number in range(entries):
        sector = entry(data, table + number * _ENTRY, _ENTRY, "big")
        if sector is None:
            yield absent(data, block)
        else:
            yield Extent(-1 if sector == _UNUSED else sector * _SECTOR + before, block)
