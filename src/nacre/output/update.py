"""How an update ended, for people and for programs, and as an exit code."""

from __future__ import annotations

import json
import time
from enum import IntEnum
from typing import TYPE_CHECKING

from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class End(IntEnum):
    """Exit codes of ``nacre update`` and ``nacre db activate``."""

    FRESH = 0
    STALE = 1
    REPAIRED = 2
    BROKEN = 3
    BLOCKED = 4
    REFUSED = 5
    """Nothing could be done."""


def lines(
    end: End, databases: Iterable[tuple[str, str, int | None, str]], blocked_until: int
) -> Iterator[str]:
    """One line a database (name, status, version, detail), and one about all."""
    for name, status, version, detail in databases:
        text = status if version is None else f"{status} (version {version})"
        yield f"{printable(name)}: {text}" + (f": {printable(detail)}" if detail else "")
    yield {
        End.FRESH: "Everything is up to date.",
        End.STALE: "Not everything could be brought up to date.",
        End.REPAIRED: "What was damaged is repaired.",
        End.BROKEN: "Something is broken; what was there before stays in use.",
        End.BLOCKED: "The mirror wants to be left alone until "
        f"{time.strftime('%F %T', time.localtime(blocked_until))}.",
        End.REFUSED: "Nothing was done.",
    }[end]


def to_json(
    end: End,
    databases: Iterable[tuple[str, str, int | None, str]],
    blocked_until: int,
    *,
    activated: bool,
) -> str:
    """The same as one JSON object."""
    report = {
        "result": end.name.lower(),
        "code": int(end),
        "activated": activated,
        "blocked_until": blocked_until or None,
        "databases": {
            name: {"status": status, "version": version, "detail": detail}
            for name, status, version, detail in databases
        },
    }
    return json.dumps(report, indent=2)
