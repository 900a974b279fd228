"""Quantum, a method of old cabinets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(
    pieces: Fmap, budget: Budget, window_bits: int, *, max_output: int | None = None
) -> Decoded:
    """Decode pieces (`base.piece`) of one frame each."""
    return run("quantum", pieces, budget, max_output, None, window_bits)
