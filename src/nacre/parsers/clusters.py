"""Chains of clusters, as FAT and exFAT keep them: a table says what cluster is behind each.

Clusters are counted from 2. Spec: see fat.py and exfat.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt
from nacre.parsers.extents import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

FIRST: Final = 2
_HALVES: Final = 12
"""Bits of an entry that shares a byte with the next."""
_NARROW: Final = 16
_PIECE: Final = 48 << 10  # a whole number of entries of any width
_CHECK_EVERY: Final = 0xFFF
_SPARE: Final = 1 << 20


class Heap(NamedTuple):
    """Where the clusters of a volume are: `number` of `size` bytes from `start` on."""

    start: int
    size: int
    number: int


class Clusters:
    """The clusters of a volume; `table` has entries of `bits` bits: 12, 16, 28 in 32, or 32.

    Of the volume `present` bytes are there.
    """

    def __init__(self, table: Fmap, bits: int, heap: Heap, budget: Budget, *, present: int) -> None:
        self._table, self._bits = table, bits
        self._heap, self._budget = heap, budget
        self._piece = (-1, b"")
        self._directories = present + _SPARE

    def count_directory(self, size: int) -> None:
        """Count the bytes of a directory.

        Raises:
            Corrupt: all together have more than the volume: they overlap.
        """
        self._directories -= size
        if self._directories < 0:
            raise Corrupt("directories overlap")

    def chain(self, cluster: int, size: int) -> Iterator[Extent]:
        """The stretches of `size` bytes; less where the chain ends or leads back to itself."""
        visited: set[int] = set()
        start = count = 0
        while (
            self._has(cluster) and cluster not in visited and len(visited) * self._heap.size < size
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

    def row(self, cluster: int, size: int) -> Iterator[Extent]:
        """The stretch of `size` bytes that are in one piece; less where the clusters end."""
        if self._has(cluster):
            count = min(-(-size // self._heap.size), FIRST + self._heap.number - cluster)
            yield self._extent(cluster, count)

    def _has(self, cluster: int) -> bool:
        return FIRST <= cluster < self._heap.number + FIRST

    def _extent(self, cluster: int, count: int) -> Extent:
        start, size, _ = self._heap
        return Extent(start + (cluster - FIRST) * size, count * size)

    def _next(self, cluster: int) -> int:
        """What the table says of a cluster; no number of one at the end."""
        width = self._bits if self._bits <= _NARROW else 32
        at = cluster * width // 8
        number = at // _PIECE
        if self._piece[0] != number:
            self._piece = number, self._table.read(number * _PIECE, _PIECE + 1)
        at -= number * _PIECE
        size = 2 if width <= _NARROW else 4
        raw = self._piece[1][at : at + size]
        if len(raw) < size:
            return 0
        entry = int.from_bytes(raw, "little")
        if self._bits == _HALVES and cluster & 1:
            return entry >> 4
        return entry & ((1 << self._bits) - 1)
