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
from nacre.parsers.clusters import Clusters, Heap
from nacre.parsers.extents import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BOOT: Final = struct.Struct("<11xHBHBHHxH8xII4xI")
_FAT12_CLUSTERS: Final = 4085
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
    valid: int | None = None
    """Bytes that were written, of exFAT; zeros are behind them."""
    in_one_piece: bool = False


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
        size = sector * cluster
        table = (fat or fat32) * sector
        if not size or not fats or not table:
            raise Corrupt("the boot sector describes no volume")
        self._root_at = reserved * sector + fats * table
        self._root_size = -(-roots * _RECORD_SIZE // sector) * sector
        if self._root_at >= len(data):
            raise Corrupt("the volume ends before its root directory")
        first = self._root_at + self._root_size
        count = max(0, (few or many) * sector - first) // size
        self._root = 0 if fat else root
        narrow = 12 if count < _FAT12_CLUSTERS else 16
        places = data.slice(reserved * sector, table)
        heap = Heap(first, size, count)
        bits = narrow if fat else 28
        self._clusters = Clusters(places, bits, heap, budget, present=len(data))

    def root(self) -> Iterator[Entry]:
        """The entries of the root directory."""
        if self._root:
            yield from self.directory(Entry(b"", directory=True, cluster=self._root, size=0))
        else:
            yield from _entries(self._data.slice(self._root_at, self._root_size), self._budget)

    def directory(self, entry: Entry) -> Iterator[Entry]:
        """The entries of a directory, whose size is not told.

        Raises:
            Corrupt: it lies outside.
        """
        content = self.content(entry._replace(size=_LARGEST_DIRECTORY))
        if not content:
            raise Corrupt(f"a directory in cluster {entry.cluster}, which is outside")
        self._clusters.count_directory(len(content))
        yield from _entries(content, self._budget)

    def content(self, entry: Entry) -> Fmap:
        """The bytes of a file, less where its chain ends early or leads back to itself."""
        extents = self._clusters.chain(entry.cluster, entry.size)
        return join(self._data, extents, entry.size, self._budget)


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
