"""Zstandard (RFC 8878), windows up to 128 MiB, no external dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all frames and join them, as unzstd does; trailing bytes are left."""
    return run("zstd", source, budget, max_output)
