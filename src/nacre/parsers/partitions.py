"""Partitions of a disk image, whatever table names them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SECTOR: Final = 512


class Partition(NamedTuple):
    """A stretch of the image; start and size in bytes."""

    start: int
    size: int
    name: bytes


def intersect(partitions: Iterable[Partition]) -> bool:
    """Whether two of the partitions share a byte."""
    places = sorted((part.start, part.start + part.size) for part in partitions if part.size)
    return any(end > start for (_, end), (start, _) in pairwise(places))
