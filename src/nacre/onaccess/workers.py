"""Verdicts of confined workers of our own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.onaccess.verdict import Done, Verdict
from nacre.workers.confined import task
from nacre.workers.scanning import Garden, Outcome, Scanning

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.workers.crew import Staffing


@dataclass(slots=True)
class Tally:
    """What was scanned so far."""

    scans: int = 0
    failed: int = 0
    alerts: int = 0
    incomplete: int = 0
    malformed: int = 0
    confinement: str = "none"


class Workers:
    """A `Scanner` of processes that are forked, locked away and replaced as those of clamd."""

    def __init__(self, garden: Garden, staffing: Staffing, lost: Callable[[], None]) -> None:
        """`lost` is called when there can be no new workers until the next `load`."""
        self.tally = Tally()
        loop = asyncio.get_running_loop()
        self._scanning = Scanning(loop, garden, staffing, self.tally, lost)

    async def load(self) -> str:
        """New workers with the databases as they are."""
        loaded = await self._scanning.load()
        trouble = f"; {loaded.trouble}: an earlier database is used" if loaded.trouble else ""
        return f"{loaded.signatures} signatures, {loaded.confinement}{trouble}"

    def scan(self, descriptor: int, path: bytes, done: Done) -> None:
        """By the next worker that is free."""
        self._scanning.submit(task(path), descriptor, "ONACCESS", lambda said: done(_verdict(said)))

    def close(self) -> None:
        """Kill them."""
        self._scanning.close()


def _verdict(outcome: Outcome) -> Verdict:
    report = outcome.report
    if report is None:
        return Verdict(error=outcome.reason)
    alert = next(iter(outcome.alerts), "")
    incomplete = report.incomplete and not alert
    return Verdict(alert, incomplete="not fully scanned" if incomplete else "")
