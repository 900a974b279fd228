"""LZMA: the ``.lzma`` file ("LZMA alone"), method 14 of ZIP, and raw as in 7z.

Dictionaries of up to 1 GiB, or larger ones of which the output needs no more.
"""

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


def decode_raw(
    source: Fmap, budget: Budget, size: int, properties: bytes, *, max_output: int | None = None
) -> Decoded:
    """Decode `size` bytes, with properties and dictionary size apart from the stream."""
    return run("lzma", source, budget, max_output, size, *properties)
