"""Files that are written into texts: base64, hexadecimal, lists of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre import _native
from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def find(data: Fmap, start: int) -> tuple[int, str] | None:
    """Where the next one begins, from `start` on, and the method that decodes it."""
    return _native.find_literal(data, start)


def decode(source: Fmap, budget: Budget, method: str, *, max_output: int | None = None) -> Decoded:
    """Decode what begins with a literal, to its end."""
    return run(method, source, budget, max_output)
