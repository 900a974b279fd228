"""Disks of VMware (VMDK): images that grow, and those for exchange, whose pieces are compressed.

Layout, little-endian: a header, the places of tables, which have the place of each grain. In images
for exchange, where the header is at the end once more, a grain is zlib behind its sector and size.
Yields the disk as one Child.
Spec: Virtual Disk Format 5.0 (VMware). The text that names the files of a disk of several is no
image.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import zlib
from nacre.formats.virtual_disk import absent, disk, entry
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.extents import Extent, filled
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<4sIIQQQQIQQ")
"""Mark, version, flags; sectors of the disk, of a grain; place and size of the text, grains of a
table, places of the copy of the directory and of itself."""
_MARK: Final = b"KDMV"
_AT_END: Final = 0xFFFFFFFFFFFFFFFF
_END: Final = 1024
_COMPRESSED: Final = 1 << 16
_SECTOR: Final = 512
_ENTRY: Final = 4
_GRAIN: Final = struct.Struct("<QI")
_MOST_SECTORS: Final = 1 << 16
_MOST_GRAINS: Final = 1 << 16
_ZEROS: Final = 1


class VmdkHandler:
    """Opens images of disks by VMware."""

    TYPES: ClassVar = frozenset({FileType.VMDK})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the disk."""
        header = _header(data, 0)
        if header[-1] == _AT_END:
            header = _header(data, len(data) - _END)
        _, _, flags, sectors, grain, _, _, per_table, _, directory = header
        if not 0 < grain <= _MOST_SECTORS or not 0 < per_table <= _MOST_GRAINS:
            raise Corrupt(f"grains of {grain} sectors, {per_table} in a table")
        grains = _Grains(data, grain * _SECTOR, packed=bool(flags & _COMPRESSED), budget=budget)
        tables = -(-sectors // (grain * per_table))
        yield from disk(
            data, grains.pieces(directory * _SECTOR, tables, per_table), sectors * _SECTOR, budget
        )
        if grains.damaged:
            yield Problem(f"disk: {grains.damaged} compressed grains are damaged")


def _header(data: Fmap, at: int) -> tuple[int, ...]:
    if at < 0 or data.read(at, len(_MARK)) != _MARK:
        raise Corrupt("no header")
    return Reader(data, at).unpack(_HEADER)


class _Grains:
    """The grains of an image."""

    def __init__(self, data: Fmap, size: int, *, packed: bool, budget: Budget) -> None:
        self._data = data
        self._size = size
        self._packed = packed
        self._budget = budget
        self.damaged = 0

    def pieces(self, directory: int, tables: int, per_table: int) -> Iterator[Extent | Fmap]:
        """What the tables of the directory name."""
        for number in range(tables):
            table = self._sector(directory, number)
            if table is None:
                yield absent(self._data, per_table * self._size)
            elif table == 0:
                yield Extent(-1, per_table * self._size)
            else:
                for index in range(per_table):
                    piece = self._piece(self._sector(table * _SECTOR, index))
                    yield from filled(piece, self._size)

    def _sector(self, table: int, number: int) -> int | None:
        return entry(self._data, table + number * _ENTRY, _ENTRY, "little")

    def _piece(self, sector: int | None) -> Extent | Fmap:
        if sector is None:
            return absent(self._data, self._size)
        if sector <= _ZEROS:
            return Extent(-1, self._size)
        if not self._packed:
            return Extent(sector * _SECTOR, self._size)
        raw = self._data.read(sector * _SECTOR, _GRAIN.size)
        size = _GRAIN.unpack(raw)[1] if len(raw) == _GRAIN.size else 0
        packed = self._data.slice(sector * _SECTOR + _GRAIN.size, size)
        decoded = zlib.decode(packed, self._budget, max_output=self._size)
        self.damaged += decoded.status != "done"
        return decoded.data
