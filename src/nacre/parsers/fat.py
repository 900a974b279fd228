"""The structures of a FAT volume: FAT12, FAT16 and FAT32.

Layout: the boot sector; the file allocation tables, which tell what cluster is behind each; the
root directory, a chain of clusters in FAT32; the clusters, counted from 2. A directory is records
of 32 bytes; long names stand in records before that of their file, the last piece first.
Spec: Microsoft, "FAT: General Overview of On-Disk Format" 1.03. Only the first table is read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt
from nacre.parsers.extents import Extent, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BOOT: Final = struct.Struct("<11xHBHBHHxH8xII4xI")
_FAT12_CLUSTERS: Final = 4085
_FAT16_CLUSTERS: Final = 65525
_FIRST_CLUSTER: Final = 2
_TABLE_PIECE: Final = 48 << 10  # a whole number of entries of any width
_CHECK_EVERY: Final = 0xFFF

_RECORD: Final = struct.Struct("<11sBBB6xH4xHI")
_RECORD_SIZE: Final = 32
_LARGEST_DIRECTORY: Final = 65536 * _RECORD_SIZE
_DELETED: Final = 0xE5
_E5: Final = 0x05  # stands for E5 as the first letter of a name
_LOWER_BASE, _LOWER_EXTENSION = 0x08, 0x10
_LABEL, _DIRECTORY = 0x08, 0x10
_LONG_NAME, _ATTRIBUTES = 0x0F, 0x3F
_LAST_PIECE, _PIECE_NUMBER = 0x40, 0x3F
_PIECES: Final = 20
_LETTERS: Final = (slice(1, 11), slice(14, 26), slice(28, 32))


class Entry(NamedTuple):  # a tuple, because one is made per file
    """A file or directory."""

    name: bytes
    directory: bool
    cluster: int
    size: int


class Volume:
    """A FAT volume."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the boot sector.

        Raises:
            Corrupt: there is none.
        """
        head = data.read(0, _BOOT.size)
        if len(head) < _BOOT.size:
            raise Corrupt("no boot sector")
        sector, cluster, reserved, fats, roots, few, fat, many, fat32, root = _BOOT.unpack(head)
        self._data, self._budget = data, budget
        self._cluster = sector * cluster
        table = (fat or fat32) * sector
        if not self._cluster or not fats or not table:
            raise Corrupt("the boot sector describes no volume")
        self._root_at = reserved * sector + fats * table
        self._root_size = -(-roots * _RECORD_SIZE // sector) * sector
        if self._root_at >= len(data):
            raise Corrupt("the volume ends before its root directory")
        self._first = self._root_at + self._root_size
        self._count = max(0, (few or many) * sector - self._first) // self._cluster
        self._root = 0 if fat else root
        if not fat:
            self._width = 32
        else:
            self._width = 12 if self._count < _FAT12_CLUSTERS else 16
        self._table = data.slice(reserved * sector, table)
        self._piece = (-1, b"")

    def root(self) -> Iterator[Entry]:
        """The entries of the root directory."""
        if self._root:
            yield from self.directory(self._root)
        else:
            yield from _entries(self._data.slice(self._root_at, self._root_size), self._budget)

    def directory(self, cluster: int) -> Iterator[Entry]:
        """The entries of the directory that begins in `cluster`.

        Raises:
            Corrupt: there is no such cluster.
        """
        content = self.content(cluster, _LARGEST_DIRECTORY)
        if not content:
            raise Corrupt(f"a directory in cluster {cluster}, which is outside")
        yield from _entries(content, self._budget)

    def content(self, cluster: int, size: int) -> Fmap:
        """The first `size` bytes of a chain, less where it ends or leads back to itself."""
        return join(self._data, self._extents(cluster, size), size, self._budget)

    def _extents(self, cluster: int, size: int) -> Iterator[Extent]:
        """The stretches of a chain."""
        visited: set[int] = set()
        start = count = 0
        while (
            _FIRST_CLUSTER <= cluster < self._count + _FIRST_CLUSTER
            and cluster not in visited
            and len(visited) * self._cluster < size
        ):
            if len(visited) & _CHECK_EVERY == 0:
                self._budget.check_time()
            visited.add(cluster)
            if cluster != start + count:
                if count:
                    yield self._extent(start, count)
                start, count = cluster, 0
            count += 1
            cluster = self._next(cluster)
        if count:
            yield self._extent(start, count)

    def _extent(self, start: int, count: int) -> Extent:
        place = self._first + (start - _FIRST_CLUSTER) * self._cluster
        return Extent(place, count * self._cluster)

    def _next(self, cluster: int) -> int:
        """What the table says of a cluster; no number of one at the end."""
        at = cluster * self._width // 8
        number = at // _TABLE_PIECE
        if self._piece[0] != number:
            start = number * _TABLE_PIECE
            self._piece = number, self._table.read(start, _TABLE_PIECE + 1)
        at -= number * _TABLE_PIECE
        size = 4 if self._width == 32 else 2  # noqa: PLR2004 bits of an entry
        raw = self._piece[1][at : at + size]
        if len(raw) < size:
            return 0
        entry = int.from_bytes(raw, "little")
        if self._width == 12:  # noqa: PLR2004 bits of an entry
            return entry >> 4 if cluster & 1 else entry & 0xFFF
        return entry & 0x0FFFFFFF


def _entries(directory: Fmap, budget: Budget) -> Iterator[Entry]:
    pieces: list[bytes] = []
    for at in range(0, len(directory), _RECORD_SIZE):
        if at & _CHECK_EVERY == 0:
            budget.check_time()
        raw = directory.read(at, _RECORD_SIZE)
        if len(raw) < _RECORD_SIZE or raw[0] == 0:
            return
        if raw[0] == _DELETED:
            pieces.clear()
            continue
        short, attributes, case, _, high, low, size = _RECORD.unpack(raw)
        if attributes & _ATTRIBUTES == _LONG_NAME:
            if raw[0] & _LAST_PIECE:
                pieces.clear()
            if len(pieces) < _PIECES:
                pieces.append(raw)
            continue
        name = _long_name(pieces, short) or _short_name(short, case)
        pieces.clear()
        directory_entry = bool(attributes & _DIRECTORY)
        if (directory_entry and short.startswith(b".")) or (
            attributes & _LABEL and not directory_entry
        ):
            continue
        yield Entry(name, directory_entry, high << 16 | low, size)


def _long_name(pieces: list[bytes], short: bytes) -> bytes:
    """The long name, unless there is none or it belongs to another file."""
    numbers = [piece[0] & _PIECE_NUMBER for piece in pieces]
    if numbers != list(range(len(pieces), 0, -1)):
        return b""
    total = _checksum(short)
    if any(piece[13] != total for piece in pieces):
        return b""
    letters = b"".join(piece[part] for piece in reversed(pieces) for part in _LETTERS)
    return letters.decode("utf-16-le", "replace").partition("\0")[0].encode()


def _checksum(short: bytes) -> int:
    total = 0
    for byte in short:
        total = ((total >> 1 | total << 7) + byte) & 0xFF
    return total


def _short_name(short: bytes, case: int) -> bytes:
    if short[0] == _E5:
        short = bytes((_DELETED,)) + short[1:]
    base, extension = short[:8].rstrip(b" "), short[8:].rstrip(b" ")
    base = base.lower() if case & _LOWER_BASE else base
    extension = extension.lower() if case & _LOWER_EXTENSION else extension
    return base + b"." + extension if extension else base
