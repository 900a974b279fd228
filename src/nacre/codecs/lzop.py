"""LZO1X: the files of lzop (.lzo), and blocks without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all files in a row and join them, as lzop does; trailing bytes are left."""
    return run("lzop", source, budget, max_output)


def decode_block(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one block, up to its end mark."""
    return run("lzo-block", source, budget, max_output)
