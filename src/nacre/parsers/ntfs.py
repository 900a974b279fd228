"""The structures of an NTFS volume.

Layout: the boot sector says where the master file table is: a file of records (FILE, mostly 1 KiB),
one or more for each file, itself described by its record 0. A record has attributes, such as names
and data, whose value is in it or in runs of clusters. What needs several records has a list of them
in its base record. The last two bytes of every sector of a record stand in its head; where they
belong stands a number that shows whether all of the record was written. Files are read from the
table, not from directories. Spec: "NTFS Documentation" of Linux-NTFS; [MS-XCA] for compression.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt, LimitExceeded
from nacre.model.fmap import Fmap
from nacre.parsers.extents import Extent, join
from nacre.parsers.ntfs_record import (
    MOST_CLUSTERS,
    REFERENCE,
    Attribute,
    attributes,
    name_of,
    references,
    runs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

ROOT: Final = 5
FIRST_FILE: Final = 16
"""Records before this one are the volume's own; those of extensions follow."""
EXTENSIONS: Final = 11
"""The folder of what extends the file system: journals, quotas."""

_BOOT: Final = struct.Struct("<11xHB34xQ8xb")
_SECTOR: Final = 512
_RECORD: Final = struct.Struct("<4sHH12xHH8xQ")
_IN_USE, _FOLDER = 1, 2
_LARGEST_RECORD: Final = 64 << 10
_LARGEST_CLUSTER: Final = 2 << 20
_LIST, _DATA, _REPARSE = 0x20, 0x80, 0xC0
_LARGEST_LIST: Final = 1 << 20
_RECORDS_OF_ONE: Final = 4096
_ATTRIBUTES_OF_ONE: Final = 64 << 10
_MOST_RUNS: Final = 1 << 20
"""Of all files together."""


class Stream(NamedTuple):
    """Data of a file, or a named stream that it has besides."""

    name: bytes
    """UTF-8; empty for the data proper."""
    size: int
    initialized: int
    """What follows is zeros, whatever its clusters hold."""
    value: bytes | None
    """What stands in the record itself."""
    extents: tuple[Extent, ...]
    unit: int
    """Bytes that are compressed together; 0 for what is not compressed."""
    encrypted: bool


class File(NamedTuple):
    """A file or a folder."""

    parent: int
    name: bytes
    folder: bool
    streams: tuple[Stream, ...]
    reparse: bytes
    """The reparse point, of what Windows reads in another way; empty without one."""


class _Record(NamedTuple):
    base: int
    """Its own number, or of the record whose file it goes on with."""
    folder: bool
    attributes: list[Attribute]


class Volume:
    """An NTFS volume."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the boot sector and where the master file table is.

        Raises:
            Corrupt: there is none.
        """
        head = data.read(0, _BOOT.size)
        if len(head) < _BOOT.size:
            raise Corrupt("no boot sector")
        sector, per_cluster, start, record = _BOOT.unpack(head)
        clusters = per_cluster if per_cluster <= 0x80 else 1 << (256 - per_cluster)  # noqa: PLR2004
        self._cluster = sector * clusters
        self._record: int = record * self._cluster if record > 0 else 1 << -record
        self._data, self._budget = data, budget
        self._extensions = _RECORDS_OF_ONE
        """How many records may still be looked at because others name them."""
        self._runs = _MOST_RUNS
        """How many runs of clusters may still be read."""
        self.damaged = 0
        """Records that were asked for, and are none."""
        if not 0 < self._cluster <= _LARGEST_CLUSTER or start >= MOST_CLUSTERS:
            raise Corrupt("the boot sector describes no volume")
        if not _SECTOR <= self._record <= _LARGEST_RECORD:
            raise Corrupt(f"records of {self._record} bytes")
        self._use((Extent(start * self._cluster, self._record),))
        for _ in range(2):  # what further records say of it stands in the table itself
            own = self._file(0)
            table = next(self._streams(own.attributes), None) if own is not None else None
            if table is None or table.name:
                raise Corrupt("no master file table")
            self._use(table.extents)
        self._extensions += min(self.records, len(data) // self._record)
        self.damaged = 0

    def _use(self, table: tuple[Extent, ...]) -> None:
        """Take `table` for the places of the master file table."""
        self._table = table
        self._ends = list(accumulate(extent.size for extent in table))

    @property
    def records(self) -> int:
        """Records that there may be."""
        return self._ends[-1] // self._record if self._ends else 0

    def file(self, number: int) -> File | None:
        """What record `number` is the base of, if that is in use."""
        record = self._file(number)
        if record is None:
            return None
        parent, name = name_of(record.attributes)
        points = (each.value or b"" for each in record.attributes if each.kind == _REPARSE)
        streams = tuple(self._streams(record.attributes))
        return File(parent, name, record.folder, streams, next(points, b""))

    def _raw(self, number: int) -> bytes:
        """The record as it lies in the table."""
        at, raw = number * self._record, b""
        for index in range(bisect_right(self._ends, at), len(self._table)):
            start, size = self._table[index]
            inside = at + len(raw) - (self._ends[index] - size)
            part = min(self._record - len(raw), size - inside)
            raw += self._data.read(start + inside, part) if start >= 0 else bytes(part)
            if len(raw) >= self._record:
                break
        return raw

    def _read(self, number: int) -> _Record | None:
        """A record, if it is in use."""
        record = bytearray(self._raw(number))
        if len(record) < self._record:
            self.damaged += 1
            return None
        mark, fixups, count, first, flags, base = _RECORD.unpack_from(record)
        if mark != b"FILE":
            self.damaged += mark != bytes(4)
            return None
        if not flags & _IN_USE:
            return None
        marks = record[fixups : fixups + 2 * count]
        for sector in range(1, min(len(marks) // 2, len(record) // _SECTOR + 1)):
            record[sector * _SECTOR - 2 : sector * _SECTOR] = marks[2 * sector : 2 * sector + 2]
        found = list(attributes(bytes(record), first))
        return _Record(base & REFERENCE if base else number, bool(flags & _FOLDER), found)

    def _file(self, number: int) -> _Record | None:
        """A base record in use, with the attributes that others have for it."""
        record = self._read(number)
        if record is None or record.base != number:
            return None
        found = list(record.attributes)
        listed = next((attribute for attribute in found if attribute.kind == _LIST), None)
        if listed is not None:
            value = self.content(self._stream([listed])).read(0, _LARGEST_LIST)
            for other in references(value)[:_RECORDS_OF_ONE]:
                self._budget.check_time()
                self._extensions -= 1
                if self._extensions < 0:
                    raise LimitExceeded("MaxFiles", "attribute lists name too many records")
                more = self._read(other) if other != number else None
                if more is not None and more.base == number:
                    found += more.attributes
                if len(found) > _ATTRIBUTES_OF_ONE:
                    raise LimitExceeded("MaxFiles", "too many attributes of one file")
        return record._replace(attributes=found)

    def _streams(self, attributes: list[Attribute]) -> Iterator[Stream]:
        data = [attribute for attribute in attributes if attribute.kind == _DATA]
        data.sort(key=lambda attribute: (attribute.name, attribute.first))
        for _, pieces in groupby(data, key=lambda attribute: attribute.name):
            yield self._stream(list(pieces))

    def _stream(self, pieces: list[Attribute]) -> Stream:
        first = pieces[0]
        compressed = first.flags & 0xFF and first.unit
        unit = self._cluster << first.unit if compressed and first.unit <= 16 else 0  # noqa: PLR2004
        extents: list[Extent] = []
        cluster = 0
        for piece in pieces:
            self._budget.check_time()
            if piece.first > cluster:
                extents.append(Extent(-1, (piece.first - cluster) * self._cluster))
                cluster = piece.first
            for start, count in runs(piece.runs):
                self._runs -= 1
                if self._runs < 0:
                    raise LimitExceeded("MaxFiles", "too many runs of clusters")
                place = start * self._cluster if start >= 0 else -1
                extents.append(Extent(place, count * self._cluster))
                cluster += count
        return Stream(
            first.name, first.size, first.initialized, first.value, tuple(extents), unit,
            bool(first.flags & 0x4000),
        )  # fmt: skip

    def content(self, stream: Stream) -> Fmap:
        """A stream that is not compressed; less where its clusters end."""
        if stream.value is not None:
            return Fmap.from_bytes(stream.value)
        size, zeros = stream.size, max(0, stream.size - stream.initialized)
        return join(self._data, _until(stream.extents, size - zeros, zeros), size, self._budget)

    def units(self, stream: Stream) -> Iterator[tuple[list[Extent], int]]:
        """The units of a compressed stream: where their clusters are, and how many bytes in all.

        A unit with less clusters than it has room for is compressed, one without any is zeros.
        """
        unit: list[Extent] = []
        left = stream.unit
        for start, size in stream.extents:
            at, rest = start, size
            while rest:
                part = min(rest, left)
                if start >= 0:
                    unit.append(Extent(at, part))
                at, rest, left = at + part, rest - part, left - part
                if not left:
                    yield unit, sum(extent.size for extent in unit)
                    unit, left = [], stream.unit
        if unit:
            yield unit, sum(extent.size for extent in unit)


def _until(extents: tuple[Extent, ...], size: int, zeros: int) -> Iterator[Extent]:
    """The first `size` bytes of the extents, and zeros."""
    for start, length in extents:
        if size <= 0:
            break
        yield Extent(start, min(length, size))
        size -= length
    if zeros:
        yield Extent(-1, zeros)
