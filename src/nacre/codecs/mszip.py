"""MSZIP, the deflate of cabinets: blocks that go on from each other's content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode pieces (`base.piece`) of one block each; of a damaged one what is missing is zeros."""
    return run("mszip", source, budget, max_output)
