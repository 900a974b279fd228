"""One row about a signature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A row: what it is about, what the signature says, and what that means."""

    label: str
    """Empty when the row goes on with what the one before is about."""
    text: str
    note: str = ""
