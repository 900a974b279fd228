"""Disks of QEMU (qcow2 and qcow3), compressed clusters too, and changes of such disks.

Layout, big-endian: a header, a table of the places of tables, which have the place of each cluster,
or that it is zeros, or where its compressed bytes are (raw deflate). Yields the disk as one Child.
Spec: docs/interop/qcow2.txt of QEMU. Encrypted disks, clusters of parts, compression by zstd and
data in another file are told, not opened.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import deflate
from nacre.formats.virtual_disk import CHANGES, absent, disk, entry
from nacre.model.errors import Corrupt, Encrypted, Unsupported
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.extents import Extent, filled
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct(">4sIQIIQIIQ")
"""Mark, version, place and size of the other image's name, bits of a cluster's size, size of the
disk, method of encryption, entries and place of the first table."""
_FEATURES_AT: Final = 72
_UNKNOWN_FEATURES: Final = ~0b11
"""A dirty or damaged image is read as it is; other features change where things are."""
_VERSIONS: Final = frozenset({2, 3})
_CLUSTER_BITS: Final = range(9, 22)
_ENTRY: Final = 8
_COMPRESSED: Final = 1 << 62
_ZEROS: Final = 1
_PLACE: Final = (1 << 56) - (1 << 9)
_SECTOR: Final = 512


class QcowHandler:
    """Opens images of disks by QEMU."""

    TYPES: ClassVar = frozenset({FileType.QCOW})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the disk."""
        header = Reader(data).unpack(_HEADER)
        _, version, other, _, bits, size, locked, count, table = header
        if version not in _VERSIONS:
            raise Unsupported(f"version {version}")
        features = (
            int.from_bytes(data.read(_FEATURES_AT, 8), "big") if version > min(_VERSIONS) else 0
        )
        if features & _UNKNOWN_FEATURES:
            raise Unsupported(f"features {features:#x}")
        if bits not in _CLUSTER_BITS:
            raise Corrupt(f"clusters of 2^{bits} bytes")
        if locked:
            raise Encrypted("the disk is encrypted")
        if other:
            yield Problem(CHANGES)
        clusters = _Clusters(data, bits, budget)
        yield from disk(data, clusters.pieces(table, count), size, budget)
        if clusters.damaged:
            yield Problem(f"disk: {clusters.damaged} compressed clusters are damaged")


class _Clusters:
    """The clusters of an image."""

    def __init__(self, data: Fmap, bits: int, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._bits = bits
        self._size = 1 << bits
        self.per_table = self._size // _ENTRY
        self.damaged = 0

    def pieces(self, table: int, count: int) -> Iterator[Extent | Fmap]:
        """What the tables at `table` name."""
        for number in range(count):
            told = self._entry(table, number)
            if told is None:
                yield absent(self._data, self.per_table * self._size)
            elif not told & _PLACE:
                yield Extent(-1, self.per_table * self._size)
            else:
                for index in range(self.per_table):
                    piece = self._piece(self._entry(told & _PLACE, index))
                    yield from filled(piece, self._size)

    def _entry(self, table: int, number: int) -> int | None:
        return entry(self._data, table + number * _ENTRY, _ENTRY, "big")

    def _piece(self, told: int | None) -> Extent | Fmap:
        if told is None:
            return absent(self._data, self._size)
        if told & _COMPRESSED:
            return self._decoded(told)
        place = told & _PLACE
        return Extent(-1 if told & _ZEROS or not place else place, self._size)

    def _decoded(self, told: int) -> Fmap:
        shift = 62 - (self._bits - 8)
        place = told & ((1 << shift) - 1)
        sectors = (told >> shift & ((1 << self._bits - 8) - 1)) + 1
        packed = self._data.slice(place, sectors * _SECTOR - place % _SECTOR)
        decoded = deflate.decode(packed, self._budget, max_output=self._size)
        self.damaged += len(decoded.data) < self._size
        return decoded.data
