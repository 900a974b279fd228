"""LZMA: the ``.lzma`` file ("LZMA alone") and method 14 of ZIP, dictionaries up to 1 GiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def decode(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode one ``.lzma`` stream."""
    return run("lzma-alone", source, budget, max_output)


def decode_zip(
    source: Fmap, budget: Budget, size: int | None, *, max_output: int | None = None
) -> Decoded:
    """Decode one member of a ZIP, `size` bytes long or, with None, up to its end marker."""
    return run("lzma-zip", source, budget, max_output, size)
