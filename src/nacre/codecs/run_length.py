"""Runs of equal bytes as in PDF (ISO 32000-1, 7.4.5): PackBits with an end mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one stream."""
    return run("run-length", source, budget, max_output)
