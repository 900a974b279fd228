"""Content that lies in several places: extents of a file system, chunks of a disk image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.fmap import Fmap, Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.model.budget import Budget

_IN_MEMORY: Final = 8 << 20
_COPY: Final = 1 << 20
_ZEROS: Final = bytes(_COPY)


class Extent(NamedTuple):
    """A stretch of a layer in bytes; a negative start stands for zeros that are stored nowhere."""

    start: int
    size: int


def join(data: Fmap, extents: Iterable[Extent], size: int, budget: Budget) -> Fmap:
    """The first `size` bytes of what `extents` name, one after the other; less where they end.

    Of more than one child may have, one byte too much comes out.
    """
    most = min(size, budget.allowance() + 1)
    spool: Spool | None = None
    first: Fmap | None = None
    done = 0
    for start, length in extents:
        if done >= most:
            break
        wanted = min(length, most - done)
        if first is None and spool is None and start >= 0:
            first = data.slice(start, wanted)
            done += len(first)
        else:
            if spool is None:
                spool = Spool(budget.directory, _IN_MEMORY)
                if first is not None:
                    append(spool, first, budget)
            done += _copy(spool, data, start, wanted, budget)
        if start >= 0 and start + wanted > len(data):
            break  # what follows would not be where it belongs
    if spool is not None:
        return spool.finish()
    return first if first is not None else data.slice(0, 0)


def assemble(
    data: Fmap, pieces: Iterable[Extent | Fmap], size: int, budget: Budget
) -> tuple[Fmap, int]:
    """The first `size` bytes of pieces, of `data` or decoded, and how many of them are not there.

    Those are zeros, so that what follows is where it belongs, and left out behind the last piece.
    Of more than one child may have, one byte too much comes out.

    Raises:
        LimitExceeded: time is over.
    """
    most = min(size, budget.allowance() + 1)
    spool = Spool(budget.directory, _IN_MEMORY)
    done = missing = 0
    for piece in pieces:
        budget.check_time()
        if done >= most:
            break
        wanted = min(len(piece) if isinstance(piece, Fmap) else piece.size, most - done)
        if isinstance(piece, Fmap):
            append(spool, piece.slice(0, wanted), budget)
        else:
            there = _copy(spool, data, piece.start, wanted, budget)
            append_zeros(spool, wanted - there, budget)
            missing += wanted - there
        done += wanted
    return spool.finish(), missing + most - done


def filled(piece: Extent | Fmap, size: int) -> Iterator[Extent | Fmap]:
    """A piece of `size` bytes, zeros behind what is there of it."""
    yield piece
    there = len(piece) if isinstance(piece, Fmap) else piece.size
    if there < size:
        yield Extent(-1, size - there)


def append(spool: Spool, piece: Fmap, budget: Budget) -> None:
    """Copy all of `piece` to the end of `spool`."""
    for at in range(0, len(piece), _COPY):
        budget.check_time()
        spool.write(piece.read(at, _COPY))


def append_zeros(spool: Spool, size: int, budget: Budget) -> None:
    """Put `size` zeros behind the end of `spool`."""
    for at in range(0, size, _COPY):
        budget.check_time()
        spool.write(_ZEROS[: size - at])


def _copy(spool: Spool, data: Fmap, start: int, size: int, budget: Budget) -> int:
    if start < 0:
        append_zeros(spool, size, budget)
        return size
    piece = data.slice(start, size)
    append(spool, piece, budget)
    return len(piece)
