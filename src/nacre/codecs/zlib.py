"""zlib (RFC 1950): a deflate stream with a header and a checksum."""

from __future__ import annotations

from nacre.codecs.base import Decoded, run
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one stream."""
    return run("zlib", source, budget, max_output)
