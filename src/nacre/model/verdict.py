"""What a scan answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nacre.model.filetype import FileType


class Strength(Enum):
    """How much an indicator weighs; decided by its name alone."""

    STRONG = "Strong"
    PUA = "PotentiallyUnwanted"
    WEAK = "Weak"

    @classmethod
    def of(cls, name: str) -> Strength:
        """The strength of an indicator called `name` (prefixes are literal and case-sensitive)."""
        if name.startswith(("PUA.", "Heuristics.", "BC.Heuristics.")):
            return cls.PUA
        return cls.WEAK if name.startswith("Weak.") else cls.STRONG


@dataclass(frozen=True, slots=True)
class Alert:
    """An indicator the user is told about."""

    name: str
    strength: Strength
    member: tuple[str, ...] = ()
    """Names of the layers from the outermost's first child down to where it was found."""
    file_type: FileType = FileType.ANY
    depth: int = 0
    containers: tuple[FileType, ...] = ()
    """Types of the containers that the names in `member` come from, one for each."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A layer that was not fully scanned, and why."""

    reason: str
    member: tuple[str, ...] = ()
    limit: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What a layer says of itself, for JSON."""

    key: str
    """A dot leads into an object; ``[]`` at the end makes a list of all with that key."""
    value: str | int | bool
    member: tuple[str, ...] = ()
    file_type: FileType = FileType.ANY


class Verdict(Enum):
    """Policy over evidence. An error is not a verdict."""

    NOTHING_FOUND = "nothing found"
    TRUSTED = "trusted"
    STRONG = "strong indicator"
    PUA = "potentially unwanted"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one top-level scan."""

    verdict: Verdict
    alerts: tuple[Alert, ...] = ()
    incidents: tuple[Incident, ...] = ()
    file_type: FileType = FileType.ANY
    size: int = 0
    bytes_scanned: int = 0
    layers: int = 0
    facts: tuple[Fact, ...] = ()
    """Empty unless asked for."""

    @property
    def incomplete(self) -> bool:
        """True when something inside was not fully scanned."""
        return bool(self.incidents)
