"""lzop (.lzo): blocks of LZO1X."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all files in a row and join them, as lzop does; trailing bytes are left."""
    return run("lzop", source, budget, max_output)
