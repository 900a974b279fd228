"""Chunks of Windows images: XPRESS, LZX and LZMS. Each is a stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nacre.codecs.base import Decoded, piece, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_METHODS: Final = ("", "wim-xpress", "wim-lzx", "wim-lzms")
METHODS: Final = range(1, len(_METHODS))
"""Numbers of the methods in WIM files: XPRESS, LZX, LZMS."""


def chunk(packed: bytes, size: int) -> bytes:
    """A chunk with `size` bytes of content, as `decode` takes several in a row."""
    return piece(packed, size)


def decode(
    source: Fmap, budget: Budget, method: int, window: int, *, max_output: int | None = None
) -> Decoded:
    """Decode chunks in a row, whose content has at most `window` bytes each."""
    name = _METHODS[method]
    return run(name, source, budget, max_output, None, max(0, window - 1).bit_length())
