"""Differences to neighbours, taken back: the predictors of PNG and TIFF (ISO 32000-1, 7.4.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre.codecs.base import Decoded, guarded

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def undo(
    source: Fmap, budget: Budget, parameters: tuple[int, int, int, int], max_output: int
) -> Decoded:
    """Undo a predictor; `parameters` are its number, colours, bits of each, and columns."""
    return guarded(
        "predictor",
        lambda: _native.unpredict(
            parameters, source, max_output, budget.directory, budget.remaining_time()
        ),
    )
