"""bzip2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all streams and join them, as bunzip2 does; trailing bytes are left."""
    return run("bzip2", source, budget, max_output)


def decode_first(source: Fmap, budget: Budget) -> Decoded:
    """Decode the first stream alone."""
    return run("bzip2-first", source, budget)
