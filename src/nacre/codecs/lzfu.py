"""LZFu, the compression of RTF in mails (MS-OXRTFCP); "MELA", which stores it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one stream with its header."""
    return run("lzfu", source, budget, max_output)
