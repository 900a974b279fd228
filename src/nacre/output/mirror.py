"""What `nacre mirror status` prints."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Protocol

from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Listed(Protocol):
    """What a listing says of a file."""

    @property
    def version(self) -> int: ...
    @property
    def file(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def first_step(self) -> int: ...


class Shown(Protocol):
    """What is printed of a database."""

    @property
    def name(self) -> str: ...
    @property
    def entry(self) -> Listed: ...
    @property
    def versions(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def damage(self) -> str: ...


class Mirrored(Protocol):
    """What is printed of a mirror."""

    @property
    def made(self) -> int: ...
    @property
    def next(self) -> int: ...
    @property
    def stale(self) -> bool: ...
    @property
    def rows(self) -> Sequence[Shown]: ...


def lines(status: Mirrored) -> Iterator[str]:
    """For people: one line for each database, and one for the whole."""
    for row in status.rows:
        entry = row.entry
        version = f" version {entry.version}," if entry.version else ""
        steps = f", cdiffs from {entry.first_step - 1}" if entry.first_step else ""
        kept = f", {row.versions} versions kept" if row.versions > 1 else ""
        damage = f": DAMAGED: {printable(row.damage)}" if row.damage else ""
        yield f"{printable(row.name)}:{version} {entry.size} bytes{steps}{kept}{damage}"
    if not status.made:
        yield "nothing was ever fetched"
        return
    made, following = (time.strftime("%F %T", time.localtime(at)) for at in _times(status))
    state = "STALE" if status.stale else "fresh"
    yield f"{state}: up to date at {made}, the next look promised for {following}"


def to_json(status: Mirrored) -> str:
    """For programs."""
    rows = [
        {
            "name": row.name,
            "version": row.entry.version,
            "file": row.entry.file,
            "size": row.entry.size,
            "first_step": row.entry.first_step,
            "versions": row.versions,
            "steps": row.steps,
            "damage": row.damage,
        }
        for row in status.rows
    ]
    whole = {"made": status.made, "next": status.next, "stale": status.stale, "files": rows}
    return json.dumps(whole, indent=1)


def _times(status: Mirrored) -> tuple[int, int]:
    return min(status.made, 1 << 40), min(status.next, 1 << 40)
