"""Deflate64, method 9 of ZIP: deflate with a window of 64 KiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one bare stream."""
    return run("deflate64", source, budget, max_output)
