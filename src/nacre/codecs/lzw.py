"""LZW as in PDF and TIFF: codes of 9 to 12 bits, high bit first (ISO 32000-1, 7.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(
    source: Fmap, budget: Budget, *, early: bool = True, max_output: int | None = None
) -> Decoded:
    """Decode one stream; codes grow one code `early`, or when they must."""
    return run("lzw" if early else "lzw-late", source, budget, max_output)
