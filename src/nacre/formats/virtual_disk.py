"""The disk in an image of a virtual machine: pieces of the image, one behind the other.

Images of all kinds have a map from places of the disk to places of the image. What it leaves out
are zeros, or is in another image that this one is a change of. A handler reads the map and says it
as pieces, in the order of the disk; this puts them together as far as a layer may be large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nacre.formats.base import cut_member
from nacre.model.event import Event, Problem
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.extents import Extent, append, append_zeros

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.model.budget import Budget

_NAME: Final = b"disk"
_IN_MEMORY: Final = 8 << 20
CHANGES: Final = "the disk that it is a change of is elsewhere"
"""What is said of an image that has not all of its disk."""


def disk(data: Fmap, pieces: Iterable[Extent | Fmap], size: int, budget: Budget) -> Iterator[Event]:
    """The events of a disk of `size` bytes.

    Raises:
        LimitExceeded: time is over, or nothing would be scanned any more.
    """
    most = min(size, budget.allowance() + 1)
    spool = Spool(budget.directory, _IN_MEMORY)
    done = missing = 0
    for piece in pieces:
        budget.check_time()
        if done >= most:
            break
        wanted = min(len(piece) if isinstance(piece, Fmap) else piece.size, most - done)
        stored = _stored(data, piece, wanted)
        append(spool, stored, budget)
        if not isinstance(piece, Extent) or piece.start >= 0:
            missing += wanted - len(stored)
        append_zeros(spool, wanted - len(stored), budget)
        done += wanted
    if missing:
        yield Problem(f"disk: {missing} bytes of its pieces are not in the image")
    yield from cut_member(spool.finish(), _NAME, size, budget)


def filled(piece: Extent | Fmap, size: int) -> Iterator[Extent | Fmap]:
    """A piece of `size` bytes, zeros behind what is there of it."""
    yield piece
    there = len(piece) if isinstance(piece, Fmap) else piece.size
    if there < size:
        yield Extent(-1, size - there)


def _stored(data: Fmap, piece: Extent | Fmap, wanted: int) -> Fmap:
    if isinstance(piece, Fmap):
        return piece.slice(0, wanted)
    return data.slice(max(0, piece.start), wanted if piece.start >= 0 else 0)
