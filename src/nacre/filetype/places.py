"""Where a pattern stands in a layer, read piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

_PIECE: Final = 1 << 20


def places(data: Fmap, pattern: re.Pattern[bytes], longest: int, start: int = 0) -> Iterator[int]:
    """Where `pattern` matches from `start` on; it looks at no more than `longest` bytes.

    A layer that shrinks meanwhile ends the search.
    """
    at, size = start, len(data)
    while at < size and (piece := data.read(at, _PIECE)):
        last = at + len(piece) >= size
        new = len(piece) if last else max(1, len(piece) - longest)
        for found in pattern.finditer(piece):
            if found.start() < new:
                yield at + found.start()
        at += new
