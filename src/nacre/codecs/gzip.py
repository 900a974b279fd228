"""gzip (RFC 1952). A member of another checksum or length than it says ends as "checksum"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode all members and join them, as gunzip does; trailing bytes are left."""
    return run("gzip", source, budget, max_output)
