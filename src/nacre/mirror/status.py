"""What a mirror has, and whether it is as it should be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.mirror.tree import CDIFF, CONTAINERS, digest

if TYPE_CHECKING:
    from nacre.feed.listing import Entry
    from nacre.mirror.tree import Tree


@dataclass(frozen=True, slots=True)
class Row:
    """One database or file."""

    name: str
    entry: Entry
    versions: int
    """How many of it are here."""
    steps: int
    """How many cdiffs of it are here."""
    damage: str
    """Empty where the bytes are those that were listed."""


@dataclass(frozen=True, slots=True)
class Status:
    """All of them."""

    made: int
    """When a source last was up to date, seconds since 1970; 0 for never."""
    next: int
    stale: bool
    rows: tuple[Row, ...]

    @property
    def damaged(self) -> bool:
        """Whether a file is not as it was listed."""
        return any(row.damage for row in self.rows)


def status(tree: Tree) -> Status:
    """Look at a tree; reads all that is listed. Raises OSError."""
    listing = tree.listing()
    if listing is None:
        return Status(0, 0, stale=True, rows=())
    rows = tuple(_row(tree, name, entry) for name, entry in sorted(listing.files.items()))
    return Status(listing.made, listing.next, listing.stale(time.time()), rows)


def _row(tree: Tree, name: str, entry: Entry) -> Row:
    database = name.partition(".")[0]
    path = tree.root / entry.file
    try:
        whole = path.stat().st_size == entry.size and digest(path) == entry.sha256
        damage = "" if whole else f"{path}: not the bytes that were published"
    except OSError as error:
        damage = f"{path}: {error.strerror}"
    versions = {number for number, _ in tree.versions(database, CONTAINERS)}
    return Row(name, entry, len(versions) or 1, len(tree.versions(database, (CDIFF,))), damage)
