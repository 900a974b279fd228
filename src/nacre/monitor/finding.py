"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is; the worst of all decides."""

    OK = 0
    NOTE = 1
    WARNING = 2
    PROBLEM = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about what is, and one about what to do."""

    level: Level
    what: str
    mend: str = ""


def fine(what: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, what)


def note(what: str, mend: str = "") -> Finding:
    """Worth knowing."""
    return Finding(Level.NOTE, what, mend)


def warning(what: str, mend: str) -> Finding:
    """Works, and may not for long or not well."""
    return Finding(Level.WARNING, what, mend)


def problem(what: str, mend: str) -> Finding:
    """Does not protect as it should."""
    return Finding(Level.PROBLEM, what, mend)
