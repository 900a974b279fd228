"""The methods of LHA, those of ARJ among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


METHODS = frozenset(
    {b"-lh1-", b"-lh4-", b"-lh5-", b"-lh6-", b"-lh7-", b"-lhx-", b"-lzs-", b"-lz5-"}
    | {b"-pm1-", b"-pm2-"}
)
"""Compression methods by their names in LHA."""


def decode(
    source: Fmap,
    budget: Budget,
    method: str,
    size: int,
    *,
    max_output: int | None = None,
) -> Decoded:
    """Decode `size` bytes: `method` is that of LHA without its dashes, arj, or arj-fastest."""
    return run(method, source, budget, max_output, size)
