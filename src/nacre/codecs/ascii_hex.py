"""Hexadecimal digits as in PDF (ISO 32000-1, 7.4.2): other characters are skipped, ``>`` ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one text."""
    return run("ascii-hex", source, budget, max_output)
