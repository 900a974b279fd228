"""How questions are answered, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """How questions are answered."""

    prevention: bool = True
    """Whether what alerts is kept from being opened."""
    deny_on_error: bool = False
    """Whether what could not be scanned is."""
    strict: bool = False
    """Whether files are asked for each time; otherwise not until they change."""
    max_size: int = 0
    """Larger files are let through; 0 for none."""


@dataclass(slots=True)
class Tally:
    """What was done so far."""

    scanned: int = 0
    known: int = 0
    """Answered without a scan."""
    denied: int = 0
    failed: int = 0
    incomplete: int = 0
