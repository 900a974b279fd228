"""LZNT1, of compressed files of NTFS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, size: int, *, max_output: int | None = None) -> Decoded:
    """Decode a unit, of at most `size` bytes of content."""
    return run("lznt1", source, budget, max_output, size)
