"""The methods of SZDD and KWAJ files that are none of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(
    source: Fmap, budget: Budget, method: str = "szdd", *, max_output: int | None = None
) -> Decoded:
    """Decode to the end of the input: `method` is szdd, kwaj (the same, begun otherwise) or lzh."""
    return run("kwaj-lzh" if method == "lzh" else method, source, budget, max_output)
