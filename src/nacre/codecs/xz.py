"""xz (file format 1.2): LZMA2 with its filters, dictionaries up to 1 GiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all streams and join them, as unxz does; trailing bytes are left."""
    return run("xz", source, budget, max_output)
