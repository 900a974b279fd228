"""What to fetch of one database."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_CHAIN = 100
"""Cdiffs beyond which the whole database costs less."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What is here is current."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The mirror has less than was here before, so nothing of it is taken."""

    offered: int
    had: int


@dataclass(frozen=True, slots=True)
class Cdiffs:
    """These steps, one after the other; where one fails, the whole."""

    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """All of the database."""


Plan = Nothing | Behind | Cdiffs | Whole


def plan(have: int | None, offered: int, high_water: int, *, scripted: bool) -> Plan:
    """What to fetch.

    Args:
        have: the version that is here and whole; None for none.
        offered: what the record or the mirror says.
        high_water: the highest version that ever was in use here.
        scripted: whether cdiffs are wanted, and the source has them.
    """
    if have is None:
        # Nothing is worse than something old; whoever deleted the files meant to begin anew.
        return Whole()
    best = max(have, high_water)
    if offered < best:
        return Behind(offered, best)
    if offered == have:
        return Nothing()
    if not scripted or offered - have > LONGEST_CHAIN:
        return Whole()
    return Cdiffs(tuple(range(have + 1, offered + 1)))
