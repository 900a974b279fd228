"""Where nacre may differ from the peer; each entry has its reason in docs/design/differences.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compat.language.bench import Difference


@dataclass(frozen=True, slots=True)
class Allowed:
    """Differences of one row that are meant; `title` is the heading in differences.md."""

    row: str
    title: str
    applies: Callable[[Difference], bool]


ALLOWED: tuple[Allowed, ...] = ()

ALLOWED_LINES: frozenset[tuple[str, str]] = frozenset()
"""(database suffix, content) of lines about which nacre is meant to say something else."""


def is_allowed(difference: Difference) -> bool:
    return any(entry.row == difference.row.slug and entry.applies(difference) for entry in ALLOWED)
