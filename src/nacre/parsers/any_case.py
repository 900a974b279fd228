"""Words that may be written in capitals or small letters, found in a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_FIRST: Final = 256
_LARGEST: Final = 256 << 10


def find(data: Fmap, word: bytes, start: int) -> int:
    """Where `word`, given in small letters, stands from `start` on; -1 if it does not.

    The pieces that are looked at grow, so that words in a row cost what they are long.
    """
    size, piece = len(data), _FIRST
    while start < size:
        found = data.read(start, piece + len(word)).lower().find(word)
        if found >= 0:
            return start + found
        start += piece
        piece = min(2 * piece, _LARGEST)
    return -1
