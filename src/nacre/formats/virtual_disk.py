"""The disk in an image of a virtual machine: pieces of the image, one behind the other.

Images of all kinds have a map from places of the disk to places of the image. What it leaves out
are zeros, or is in another image that this one is a change of. A handler reads the map and says it
as pieces, in the order of the disk; this makes a layer of them, as far as one may be large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from nacre.formats.base import cut_member
from nacre.model.event import Event, Problem
from nacre.parsers.extents import Extent, assemble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_NAME: Final = b"disk"
CHANGES: Final = "the disk that it is a change of is elsewhere"
"""What is said of an image that has not all of its disk."""


def disk(data: Fmap, pieces: Iterable[Extent | Fmap], size: int, budget: Budget) -> Iterator[Event]:
    """The events of a disk of `size` bytes.

    Raises:
        LimitExceeded: time is over, or nothing would be scanned any more.
    """
    content, missing = assemble(data, pieces, size, budget)
    if missing:
        yield Problem(f"disk: {missing} bytes of its pieces are not in the image")
    yield from cut_member(content, _NAME, size, budget)


def entry(data: Fmap, at: int, size: int, order: Literal["little", "big"]) -> int | None:
    """A number of `size` bytes in a map; None where the image has not all of it."""
    raw = data.read(at, size)
    return int.from_bytes(raw, order) if len(raw) == size else None


def absent(data: Fmap, size: int) -> Extent:
    """The piece of which a map that is cut does not say where it is: zeros, and told."""
    return Extent(len(data), size)
