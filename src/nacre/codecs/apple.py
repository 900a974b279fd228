"""Methods of Apple's disk images and file systems: ADC, LZFSE and LZVN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def adc(source: Fmap, budget: Budget, size: int, *, max_output: int | None = None) -> Decoded:
    """Decode `size` bytes of Apple Data Compression."""
    return run("adc", source, budget, max_output, size)


def lzfse(source: Fmap, budget: Budget, size: int, *, max_output: int | None = None) -> Decoded:
    """Decode the blocks of LZFSE up to their end mark, at most `size` bytes."""
    return run("lzfse", source, budget, max_output, size)


def lzvn(source: Fmap, budget: Budget, size: int, *, max_output: int | None = None) -> Decoded:
    """Decode one bare stream of LZVN, at most `size` bytes."""
    return run("lzvn", source, budget, max_output, size)
