"""The supervisor: takes questions, answers what is known, and has the rest scanned.

Nothing in here waits for a file: what this process or one below it opens is let through by the
watch's own thread, and a question that nobody answers in time by its policy.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.onaccess.known import Known, identity, nobody_writes
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.onaccess.known import Identity
    from nacre.onaccess.scope import Scope
    from nacre.onaccess.verdict import Scanner, Verdict
    from nacre.onaccess.watch import Question, Watch
    from nacre.output.journal import Journal

LOOK_SECONDS = 0.5
"""How often the counters of the watch are looked at."""
_MAX_CHANGES = 3
"""Times that a file is scanned again because it changed meanwhile."""
_LOG_SECONDS = 1.0
"""At most one line about overdue questions in that time."""


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


@dataclass(slots=True)
class _Case:
    """A question on its way."""

    question: Question
    path: bytes
    file: Identity
    changes: int = 0


@dataclass(slots=True)
class Guard:
    """Answers the questions of one watch. Nothing is answered before `run`."""

    watch: Watch
    scope: Scope
    """What is protected from whom."""
    scanner: Scanner
    """Says what is in a file."""
    policy: Policy
    journal: Journal
    written: bool = False
    """Whether only files count that were just written."""
    found: Callable[[bytes, str, int], None] = lambda _path, _alert, _descriptor: None
    """Called with path, alert and descriptor of what was found."""
    overflowed: Callable[[float], None] = lambda _since: None
    """Called with the time since which something may have been missed."""
    tally: Tally = field(default_factory=Tally)
    known: Known = field(default_factory=Known)
    _overdue: int = 0
    _overflows: int = 0
    _told: float = 0.0
    _looked: float = field(default_factory=time.time)

    async def run(self, ended: asyncio.Event) -> None:
        """Answer until `ended`."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.watch.fileno(), self._questions)
        try:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), LOOK_SECONDS)
                self._look()
        finally:
            loop.remove_reader(self.watch.fileno())

    async def load(self) -> str:
        """Have the scanner load its signatures again; what was clean before is asked for anew."""
        said = await self.scanner.load()
        self.known.clear()
        with contextlib.suppress(OSError):
            self.watch.forget()
        return said

    # One question.

    def _questions(self) -> None:
        for question in self.watch.take():
            try:
                self._question(question)
            except OSError as error:
                self.journal.warning(f"on-access: {error.strerror}")
                self._answer(question, allow=not self.policy.deny_on_error)

    def _question(self, question: Question) -> None:
        if self.written and not question.written:
            self._answer(question, allow=True)
            return
        status = os.fstat(question.descriptor)
        file = identity(status)
        verdict = self.known.get(file)
        if verdict is not None:
            self.tally.known += 1
            self._decided(question, self._path(question), verdict)
            return
        size, most = status.st_size, self.policy.max_size
        if not stat.S_ISREG(status.st_mode) or not size or (most and size > most):
            self._answer(question, allow=True)
            return
        path = self._path(question)
        # A file with several names may have another one inside.
        covered = status.st_nlink > 1 or self.scope.covers(path)
        if not covered or self.scope.exempt(question.pid):
            self._answer(question, allow=True)
            return
        self._scan(_Case(question, path, file))

    def _path(self, question: Question) -> bytes:
        path = os.readlink(b"/proc/self/fd/%d" % question.descriptor)  # noqa: PTH115 - bytes
        return path.removesuffix(b" (deleted)")

    def _scan(self, case: _Case) -> None:
        copy = os.dup(case.question.descriptor)
        self.scanner.scan(copy, case.path, lambda verdict: self._scanned(case, verdict))

    def _scanned(self, case: _Case, verdict: Verdict) -> None:
        self.tally.scanned += 1
        question = case.question
        if verdict.error:
            self._failed(case, verdict.error)
            return
        if not self._unchanged(case, settle=not verdict.alert):
            return
        if verdict.incomplete:
            self.tally.incomplete += 1
            self.journal.warning(f"{printable(os.fsdecode(case.path))}: {verdict.incomplete}")
        if verdict.alert or nobody_writes(question.descriptor):
            self.known.add(case.file, verdict.alert)
        self._decided(question, case.path, verdict.alert, fresh=True)

    def _unchanged(self, case: _Case, *, settle: bool) -> bool:
        """Whether the file is still what was scanned; has it scanned again if not.

        What is settled is marked before this last look: a change after it clears the mark.
        """
        descriptor = case.question.descriptor
        if settle and not self.policy.strict:
            with contextlib.suppress(OSError):
                self.watch.settle(descriptor)
        now = identity(os.fstat(descriptor))
        if now == case.file:
            return True
        with contextlib.suppress(OSError):
            self.watch.unsettle(descriptor)
        case.file, case.changes = now, case.changes + 1
        if case.changes >= _MAX_CHANGES:
            self._failed(case, "changes while it is scanned")
        else:
            self._scan(case)
        return False

    def _failed(self, case: _Case, reason: str) -> None:
        self.tally.failed += 1
        self.journal.error(f"{printable(os.fsdecode(case.path))}: {reason}")
        self._answer(case.question, allow=not self.policy.deny_on_error)

    def _decided(self, question: Question, path: bytes, alert: str, *, fresh: bool = False) -> None:
        denied = bool(alert) and self.policy.prevention
        # Where it is known, too: the kernel forgets marks when it needs memory.
        if not alert and not fresh and not self.policy.strict and not question.executing:
            with contextlib.suppress(OSError):
                self.watch.settle(question.descriptor)
        descriptor = os.dup(question.descriptor) if alert else -1
        self._answer(question, allow=not denied)
        if alert:
            self.tally.denied += denied
            self._tell(path, alert, descriptor, fresh=fresh)

    def _tell(self, path: bytes, alert: str, descriptor: int, *, fresh: bool) -> None:
        """What was found before is only told on request: who tries again and again fills no log."""
        try:
            line = f"{printable(os.fsdecode(path))}: {alert} FOUND"
            if fresh:
                self.journal.line(line)
                self.found(path, alert, descriptor)
            else:
                self.journal.verbose(line)
        finally:
            os.close(descriptor)

    def _answer(self, question: Question, *, allow: bool) -> None:
        if question.waiting:
            self.watch.answer(question, allow=allow)
        os.close(question.descriptor)

    # What went wrong.

    def _look(self) -> None:
        """Tell of questions that nobody answered in time, and of what the kernel lost."""
        counters = self.watch.counters
        now = time.monotonic()
        if counters.overdue > self._overdue and now - self._told > _LOG_SECONDS:
            count, self._overdue, self._told = (
                counters.overdue - self._overdue,
                counters.overdue,
                now,
            )
            done = "denied" if self.policy.deny_on_error else "let through"
            self.journal.error(f"on-access: {count} times {done} without a verdict in time")
        if counters.overflows > self._overflows:
            self._overflows = counters.overflows
            self.journal.error("on-access: more happened than the kernel keeps; looking for it")
            self.overflowed(self._looked)
        self._looked = time.time()
