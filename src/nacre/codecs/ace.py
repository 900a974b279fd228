"""ACE: stored, LZ77, and blocks of LZ77, sound and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre import _native
from nacre.codecs.base import Decoded, guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

METHODS: Final = frozenset({0, 1, 2})


class Packed(NamedTuple):  # a tuple, because one is made per member
    """One member: where its data begin, their size, that of its content, one of `METHODS`."""

    start: int
    packed: int
    size: int
    method: int


def decode(
    source: Fmap, members: Sequence[Packed], budget: Budget, *, max_output: int | None = None
) -> Decoded:
    """The contents of `members` one after the other, each standing on those before it."""
    most = budget.allowance() if max_output is None else max_output
    seconds = budget.remaining_time()
    return guarded(
        "ace", lambda: _native.decode_ace(source, members, most, budget.directory, seconds)
    )
