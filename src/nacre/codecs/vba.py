"""The compression of VBA source text (MS-OVBA 2.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(
    source: Fmap, budget: Budget, *, max_output: int | None = None, headers: bool = True
) -> Decoded:
    """Decode one container; without `headers` what those of its chunks say is not asked."""
    return run("vba" if headers else "vba-bare", source, budget, max_output)
