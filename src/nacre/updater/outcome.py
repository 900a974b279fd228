"""How an update ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from nacre.output.freshclam import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacre.feed.record import Record


class Status(Enum):
    """Of one database, from good to bad."""

    CURRENT = "current"
    UPDATED = "updated"
    REPAIRED = "repaired"
    STALE = "stale"
    PREVIOUS = "previous"
    """Broken, and what is in use is from an earlier generation."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one database."""

    status: Status
    version: int | None = None
    detail: str = ""
    trouble: Trouble = Trouble.NONE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all of them."""

    results: Mapping[str, Result]
    activated: bool = False
    """Whether scanners have something new to load."""
    blocked_until: int = 0
    forbidden: bool = False
    trouble: Trouble = Trouble.NONE
    recommended: str | None = None
    """The release of ClamAV that one should have, where this is an older one."""
    record: Record | None = None
    """What the DNS said."""

    def any(self, *wanted: Status) -> bool:
        """Whether a database ended so."""
        return any(result.status in wanted for result in self.results.values())
