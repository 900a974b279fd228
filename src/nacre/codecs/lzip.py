"""lzip (.lz): LZMA in members, dictionaries up to 512 MiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all members and join them, as lzip does; trailing bytes are left."""
    return run("lzip", source, budget, max_output)
