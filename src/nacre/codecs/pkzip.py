"""Methods that only ZIP has: shrink, reduce and implode (1 to 6), DCL (10) and its PPMd (98).

But for DCL none of them marks its end, so each needs the size of the content and ends truncated
without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.codecs.base import Decoded, run

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


def shrink(source: Fmap, budget: Budget, size: int, *, max_output: int | None = None) -> Decoded:
    """Decode `size` bytes of method 1."""
    return run("shrink", source, budget, max_output, size)


def reduce(
    source: Fmap, budget: Budget, size: int, factor: int, *, max_output: int | None = None
) -> Decoded:
    """Decode `size` bytes of methods 2 to 5, whose factors are 1 to 4."""
    return run(f"reduce-{factor}", source, budget, max_output, size)


def implode(  # noqa: PLR0913 - two flags of the format
    source: Fmap,
    budget: Budget,
    size: int,
    *,
    large_window: bool,
    literal_tree: bool,
    max_output: int | None = None,
) -> Decoded:
    """Decode `size` bytes of method 6, under two flags of the member's header."""
    method = f"implode-{8 if large_window else 4}-{3 if literal_tree else 2}"
    return run(method, source, budget, max_output, size)


def dcl(source: Fmap, budget: Budget, *, max_output: int | None = None) -> Decoded:
    """Decode method 10, the compression library of PKWARE."""
    return run("dcl", source, budget, max_output)


def ppmd(source: Fmap, budget: Budget, size: int, *, max_output: int | None = None) -> Decoded:
    """Decode `size` bytes of method 98, PPMd version I with models of up to 256 MiB."""
    return run("ppmd-zip", source, budget, max_output, size)
