"""PPMd, variant H, as 7z has it; models of up to 1 GiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(
    source: Fmap, budget: Budget, size: int, properties: bytes, *, max_output: int | None = None
) -> Decoded:
    """Decode one stream of `size` bytes with the model that `properties` say."""
    return run("ppmd", source, budget, max_output, size, *properties)
