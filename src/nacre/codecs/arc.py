"""Methods of ARC and ZOO. None but ZOO's marks its end, so each needs the size of the content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

Method: TypeAlias = Literal[
    "arc-packed",
    "arc-squeezed",
    "arc-crunched-5",
    "arc-crunched-6",
    "arc-crunched-7",
    "arc-crunched",
    "arc-squashed",
    "zoo-lzw",
]
"""ARC's methods 3 to 9, and ZOO's method 1."""


def decode(
    source: Fmap, budget: Budget, method: Method, size: int, *, max_output: int | None = None
) -> Decoded:
    """Decode `size` bytes."""
    return run(method, source, budget, max_output, size)
