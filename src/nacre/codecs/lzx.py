"""LZX, of cabinets and CHM; windows of 2^15 to 2^21 bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


class Form(NamedTuple):
    """What a container says of its LZX streams."""

    window_bits: int
    reset: int = 0
    """Bytes of content after which the stream starts anew; 0 for never."""


def decode(
    source: Fmap, budget: Budget, form: Form, size: int, *, max_output: int | None = None
) -> Decoded:
    """Decode `size` bytes."""
    return run("lzx", source, budget, max_output, size, form.window_bits, form.reset)
