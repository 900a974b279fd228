"""The bzip2 of NSIS: bare blocks, without magic, checksums or randomising."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one stream."""
    return run("nsis-bzip2", source, budget, max_output)
