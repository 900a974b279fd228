"""Filters that made data easier to compress: branch converters, delta, swapped bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nacre import _native
from nacre.codecs.base import Decoded, guarded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

ACROSS: Final = b"\1"


def decode(
    name: str, source: Fmap, budget: Budget, properties: bytes, *, max_output: int | None = None
) -> Decoded:
    """Take back the filter `name`.

    One of a processor, ``delta``, ``swap2``, ``swap4``; of Inno Setup, ``calls``, ``near-calls``,
    ``turned-calls``, the last two with `ACROSS` where those that cross 64 KiB were changed too.
    """
    return run(name, source, budget, max_output, None, *properties)


def decode_bcj2(
    sources: tuple[Fmap, Fmap, Fmap, Fmap],
    budget: Budget,
    size: int,
    *,
    max_output: int | None = None,
) -> Decoded:
    """Join what the x86 filter of 7z made of code: itself, calls, jumps and decisions."""
    most = budget.allowance() if max_output is None else max_output
    seconds = budget.remaining_time()
    return guarded(
        "bcj2", lambda: _native.decode_bcj2(sources, size, most, budget.directory, seconds)
    )
