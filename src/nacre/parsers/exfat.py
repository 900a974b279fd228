"""The structures of an exFAT volume.

Layout: the boot sector; one or two tables of what cluster is behind each; the clusters. A directory
is records of 32 bytes: a file has one, behind it one about its data and then its name, 15 letters
in each. Data in one piece is not in the table. What is behind the valid length of a file is zeros.
Spec: Microsoft, exFAT file system specification, revision 1.00.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from nacre.model.errors import Corrupt
from nacre.parsers.clusters import Clusters, Heap
from nacre.parsers.extents import Extent, join
from nacre.parsers.fat import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

MAGIC: Final = b"EXFAT   "
_BOOT: Final = struct.Struct("<80x5I6xHBBB")
_MOST_BYTES: Final = 25
"""Of a cluster, as a power of two."""
_SECTORS: Final = range(9, 13)
_SECOND_TABLE: Final = 1
_RECORD_SIZE: Final = 32
_LARGEST_DIRECTORY: Final = 256 << 20
_FILE, _DATA, _NAME = 0x85, 0xC0, 0xC1
_SECONDARY: Final = 0xC0
"""In the first byte of records that go with one before them."""
_MOST_BEHIND: Final = 255
_END: Final = 0
_DIRECTORY: Final = 0x10
_OF_DATA: Final = struct.Struct("<xBxB4xQ4xIQ")
_IN_ONE_PIECE: Final = 2
_CHECK_EVERY: Final = 0xFFF


class Volume:
    """An exFAT volume."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the boot sector.

        Raises:
            Corrupt: there is none.
        """
        head = data.read(0, _BOOT.size)
        if len(head) < _BOOT.size or head[3 : 3 + len(MAGIC)] != MAGIC:
            raise Corrupt("no boot sector")
        table, length, heap, count, root, flags, sector, cluster, tables = _BOOT.unpack(head)
        if sector not in _SECTORS or sector + cluster > _MOST_BYTES:
            raise Corrupt("the boot sector describes no volume")
        if flags & _SECOND_TABLE and tables > 1:
            table += length
        self._data, self._budget = data, budget
        self._root = root
        self.damaged = 0
        """Files so far of which no record says where their data is."""
        places = data.slice(table << sector, length << sector)
        clusters = Heap(heap << sector, 1 << (sector + cluster), count)
        self._clusters = Clusters(places, 32, clusters, budget, present=len(data))

    def root(self) -> Iterator[Entry]:
        """The entries of the root directory.

        Raises:
            Corrupt: it lies outside.
        """
        return self.directory(
            Entry(b"", directory=True, cluster=self._root, size=_LARGEST_DIRECTORY)
        )

    def directory(self, entry: Entry) -> Iterator[Entry]:
        """The entries of a directory.

        Raises:
            Corrupt: it lies outside.
        """
        size = min(entry.size, _LARGEST_DIRECTORY)
        content = self.content(entry._replace(size=size, valid=size))
        if not content:
            raise Corrupt(f"a directory in cluster {entry.cluster}, which is outside")
        self._clusters.count_directory(len(content))
        yield from self._entries(content)

    def content(self, entry: Entry) -> Fmap:
        """The bytes of a file, less where they lie outside or their chain ends early."""
        valid = entry.size if entry.valid is None else min(entry.valid, entry.size)
        follow = self._clusters.row if entry.in_one_piece else self._clusters.chain
        stored = join(self._data, follow(entry.cluster, valid), valid, self._budget)
        if len(stored) < valid or valid == entry.size:
            return stored
        zeros = Extent(-1, entry.size - valid)
        return join(stored, (Extent(0, valid), zeros), entry.size, self._budget)

    def _entries(self, directory: Fmap) -> Iterator[Entry]:
        records = self._records(directory)
        raw = next(records, b"")
        while raw:
            if raw[0] != _FILE:
                raw = next(records, b"")
                continue
            attributes = int.from_bytes(raw[4:6], "little")
            behind: list[bytes] = []
            while (raw := next(records, b"")) and raw[0] & _SECONDARY == _SECONDARY:
                if len(behind) < _MOST_BEHIND:
                    behind.append(raw)
            entry = _entry(attributes, behind)
            if entry is None:
                self.damaged += 1
            else:
                yield entry

    def _records(self, directory: Fmap) -> Iterator[bytes]:
        for at in range(0, len(directory), _RECORD_SIZE):
            if at & _CHECK_EVERY == 0:
                self._budget.check_time()
            raw = directory.read(at, _RECORD_SIZE)
            if len(raw) < _RECORD_SIZE or raw[0] == _END:
                return
            yield raw


def _entry(attributes: int, behind: list[bytes]) -> Entry | None:
    """A file, by the records behind its first; None where there is none about its data."""
    about = next((raw for raw in behind if raw[0] == _DATA), None)
    if about is None:
        return None
    flags, letters, valid, cluster, size = _OF_DATA.unpack(about)
    text = b"".join(raw[2:] for raw in behind if raw[0] == _NAME)[: 2 * letters]
    name = text.decode("utf-16-le", "replace").encode()
    directory = bool(attributes & _DIRECTORY)
    in_one_piece = bool(flags & _IN_ONE_PIECE)
    return Entry(name, directory, cluster, size, valid, in_one_piece)
