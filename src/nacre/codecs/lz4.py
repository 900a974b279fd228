"""LZ4: frames, also of the legacy form, and blocks without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all frames and join them, as lz4 does; trailing bytes are left."""
    return run("lz4", source, budget, max_output)


def decode_block(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one block, which is all of `source`."""
    return run("lz4-block", source, budget, max_output)
