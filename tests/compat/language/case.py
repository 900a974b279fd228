"""A signature together with the files made for it, and the registry of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compat.language.draw import Draw


@dataclass(frozen=True, slots=True)
class File:
    """One file of a case; `hit` is what the generator means, what it is the peer decides."""

    data: bytes
    hit: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Signature lines (database file, line), the name they may report, the files to ask about."""

    name: str
    lines: tuple[tuple[str, str], ...]
    files: tuple[File, ...]


Maker = Callable[["Draw"], Case]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the language: where it is described, and what makes its cases."""

    section: str
    slug: str
    make: Maker
    group: str
    """Rows of one group share a database and a run; one of its own is for what disturbs others."""
    needs: str
    """What nacre must have before the row can be asked; empty for rows that are asked now."""


ROWS: dict[str, Row] = {}


def row(
    section: str, slug: str, *, group: str = "main", needs: str = ""
) -> Callable[[Maker], Maker]:
    """Register the decorated function as the row `slug`."""

    def register(make: Maker) -> Maker:
        if slug in ROWS:
            raise ValueError(f"row {slug} exists twice")
        ROWS[slug] = Row(section, slug, make, group, needs)
        return make

    return register
