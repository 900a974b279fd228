"""Where nacre may differ from the peer; each entry has its reason in docs/design/differences.md."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.language.lines import IGNORE_AFTER_PINNED

if TYPE_CHECKING:
    from collections.abc import Callable

    from compat.language.bench import Difference


@dataclass(frozen=True, slots=True)
class Allowed:
    """Differences of one row that are meant; `title` is the heading in differences.md."""

    row: str
    title: str
    applies: Callable[[Difference], bool]


def finds_more(difference: Difference) -> bool:
    """nacre reports what a limitation of the peer hides; the generator counts on that miss."""
    entry = difference.entry
    own = entry.case.name == difference.name and not entry.file.hit
    return own and difference.name in difference.ours


ALLOWED: tuple[Allowed, ...] = (
    Allowed("compare-reach", "Byte comparison beyond 128 KiB", finds_more),
    Allowed("compare-not-at-file-start", "Byte comparison at offset 0", finds_more),
    Allowed("intermediates-any", "CL_TYPE_ANY among Intermediates", finds_more),
    Allowed("macro-once", "Macro subsignatures", finds_more),
    Allowed("remembered-positions", "Forgotten places of a first part", finds_more),
)

HEX_ESCAPE_WITHOUT_DIGITS = (
    "ldb",
    "n;Engine:51-255,Target:0;0&1;616263;0/\\x/\n",
)

ALLOWED_LINES: frozenset[tuple[str, str]] = frozenset(
    [*itertools.product(("ign", "ign2"), IGNORE_AFTER_PINNED), HEX_ESCAPE_WITHOUT_DIGITS]
)
"""(database suffix, content) of lines about which nacre is meant to say something else."""


def is_allowed(difference: Difference) -> bool:
    return any(entry.row == difference.row.slug and entry.applies(difference) for entry in ALLOWED)
