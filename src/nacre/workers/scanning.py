"""The workers of a service, and the database they have: loaded, replaced, asked for scans."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nacre.model.errors import DatabaseError
from nacre.workers.confined import task
from nacre.workers.crew import TICK_SECONDS, Crew, Job, Staffing
from nacre.workers.pool import Died
from nacre.workers.scan import unpack
from nacre.workers.seed import ask_zygote
from nacre.workers.zygote import receive

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from nacre.model.verdict import Report
    from nacre.workers.wire import Value

ABORTED = "Process aborted"
TOO_SLOW = "Exceeded time limit"
"""ClamAV's words for what ended a scan."""


class Counting(Protocol):
    """What is counted, by whom the workers are for."""

    scans: int
    failed: int
    alerts: int
    incomplete: int
    malformed: int
    confinement: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scan: a report, or the reason why there is none."""

    report: Report | None
    reason: str = ""
    digest: str = ""
    """MD5 of what alerts, where it was asked for."""
    trouble: str = ""
    """Why something could not be left that should be."""

    @property
    def alerts(self) -> tuple[str, ...]:
        """The names that alert, each once."""
        if self.report is None:
            return ()
        return tuple(dict.fromkeys(alert.name for alert in self.report.alerts))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a generation of workers tells about its database."""

    signatures: int = 0
    version: str = ""
    trouble: str = ""
    """Why an earlier database is used instead of the present one."""
    malformed: int = 0
    warnings: tuple[str, ...] = ()
    image_bytes: int = 0
    confinement: str = "none"


@dataclass(slots=True)
class Garden:
    """The seed that zygotes come from, and how to get another when it is dead."""

    seed: socket.socket
    sow: Callable[[], socket.socket]

    def zygote(self) -> socket.socket:
        """The socket to a new zygote. Raises OSError."""
        try:
            return ask_zygote(self.seed, None)
        except OSError:
            self.seed.close()
            self.seed = self.sow()
            return ask_zygote(self.seed, None)


class Scanning:
    """One generation of workers at a time; a new one takes over what waits."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        garden: Garden,
        staffing: Staffing,
        statistics: Counting,
        lost: Callable[[], None],
    ) -> None:
        """`lost` is called when there can be no new workers until the next `load`."""
        self.loaded = Loaded()
        self._loop = loop
        self._garden = garden
        self._staffing = staffing
        self._statistics = statistics
        self._lost = lost
        self._crew: Crew | None = None
        self._retiring: set[Crew] = set()
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def crew(self) -> Crew:
        """The workers of now."""
        if self._crew is None:
            raise DatabaseError("no database")
        return self._crew

    async def load(self) -> Loaded:
        """Get new workers with the database as it is now; the old ones finish what they began.

        Raises:
            DatabaseError: there is none; the workers of before, if any, go on.
        """
        told, control = await self._zygote()
        crew = Crew(control, self._loop, self._staffing, self._lost)
        self.loaded = Loaded(**{**told, "warnings": tuple(told["warnings"])})
        self._statistics.malformed = self.loaded.malformed
        self._statistics.confinement = self.loaded.confinement
        old, self._crew = self._crew, crew
        if old is not None:
            self._retiring.add(old)
            for job in old.retire(lambda: self._retiring.discard(old)):
                crew.submit(job)
        if self._ticking is None:
            self._tick()
        return self.loaded

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return len(self.crew.processes)

    async def scan(self, descriptor: int, name: bytes, verb: str, *, all_match: bool = False,
                   digest: bool = False) -> Outcome:  # fmt: skip
        """Have what is behind `descriptor`, which is closed afterwards, scanned."""
        future: asyncio.Future[Outcome] = self._loop.create_future()

        def done(outcome: Outcome) -> None:
            if not future.done():
                future.set_result(outcome)

        asked = task(name, all_match=all_match, digest=digest)
        self.submit(asked, descriptor, f"{verb}\0{os.fsdecode(name)}", done)
        return await future

    def submit(
        self, asked: Value, descriptor: int, label: str, done: Callable[[Outcome], None]
    ) -> None:
        """Have a `task` done; `done` is called with what became of it."""

        def answered(answer: Value | Died) -> None:
            outcome = _outcome(answer)
            self._count(outcome)
            done(outcome)

        if self._crew is None:
            os.close(descriptor)
            done(Outcome(None, ABORTED))
            return
        self._crew.submit(Job(asked, descriptor, answered, label))

    def close(self) -> None:
        """Kill all workers."""
        if self._ticking is not None:
            self._ticking.cancel()
        for crew in (self._crew, *tuple(self._retiring)):
            if crew is not None:
                crew.close()

    async def _zygote(self) -> tuple[dict[str, Value], socket.socket]:
        try:
            control = self._garden.zygote()
        except OSError as error:
            raise DatabaseError("the process that forks workers is gone") from error
        control.settimeout(0)
        ready = asyncio.Event()
        self._loop.add_reader(control.fileno(), ready.set)
        try:
            await ready.wait()
            (good, told), _ = receive(control)
        except OSError as error:
            self._abandon(control)
            raise DatabaseError("the process that loads the database died") from error
        except BaseException:
            self._abandon(control)
            raise
        if not good:
            self._abandon(control)
            raise DatabaseError(told)
        self._loop.remove_reader(control.fileno())
        return told, control

    def _abandon(self, control: socket.socket) -> None:
        self._loop.remove_reader(control.fileno())
        control.close()

    def _tick(self) -> None:
        for crew in (self._crew, *tuple(self._retiring)):
            if crew is not None:
                crew.tick()
        self._ticking = self._loop.call_later(TICK_SECONDS, self._tick)

    def _count(self, outcome: Outcome) -> None:
        statistics = self._statistics
        statistics.scans += 1
        if outcome.report is None:
            statistics.failed += 1
            return
        statistics.alerts += bool(outcome.report.alerts)
        statistics.incomplete += outcome.report.incomplete


def _outcome(answer: Value | Died) -> Outcome:
    if isinstance(answer, Died):
        return Outcome(None, TOO_SLOW if answer.overdue else ABORTED)
    if isinstance(answer, str):
        return Outcome(None, answer)
    packed, digest, trouble = answer
    return Outcome(unpack(packed), digest=digest, trouble=trouble)
