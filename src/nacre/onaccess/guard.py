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
from functools import partial
from typing import TYPE_CHECKING

from nacre.onaccess.known import Known, identity, nobody_writes, settled_by
from nacre.onaccess.policy import Policy, Tally
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
MAX_NOTICES = 256
"""Files that are scanned at once though nobody waits for them; each holds descriptors."""
_LOG_SECONDS = 1.0
"""At most one line about overdue questions in that time."""


@dataclass(slots=True)
class _Case:
    """A question on its way."""

    question: Question
    path: bytes
    file: Identity
    changes: int = 0
    trusted: bool = False
    """Whether a change since its scan began would be seen."""
    generation: int = 0
    """Of the signatures that it is scanned with."""


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
    found: Callable[[bytes, str, int], None] = lambda _path, _alert, _descriptor: None
    """Called with path, alert and descriptor of what was found."""
    overflowed: Callable[[float], None] = lambda _since: None
    """Called with the time since which something may have been missed."""
    tally: Tally = field(default_factory=Tally)
    known: Known = field(default_factory=Known)
    _settles: bool = True
    _generation: int = 0
    _running: dict[Identity, list[_Case]] = field(default_factory=dict)
    """Scans that others may wait for, too."""
    _notices: int = 0
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
        # What is being scanned with those of before is not remembered when it ends.
        self._generation += 1
        self._running.clear()
        self.known.clear()
        if self._settling:
            with contextlib.suppress(OSError):
                self.watch.forget()
        return said

    def ask_always(self) -> None:
        """Mark no files as settled any more, and forget those marks that there are.

        For where folders get marks: to forget those of files takes them along.
        """
        if self._settling:
            self._settles = False
            with contextlib.suppress(OSError):
                self.watch.forget()

    @property
    def _settling(self) -> bool:
        return self._settles and not self.policy.strict

    # One question.

    def _questions(self) -> None:
        for question in self.watch.take(MAX_NOTICES - self._notices):
            self._notices += not question.waiting
            try:
                status = os.fstat(question.descriptor)
                case = _Case(question, self._path(question), identity(status))
            except OSError as error:
                self.journal.warning(f"on-access: {error.strerror}")
                self._answer(question, allow=not self.policy.deny_on_error)
            else:
                self._consider(case, status)

    def _consider(self, case: _Case, status: os.stat_result) -> None:
        question = case.question
        verdict = self.known.get(case.file)
        if verdict == "":
            self.tally.known += 1
            # Marked again: the kernel forgets marks when it needs memory.
            if self._unchanged(case, settle=not question.executing):
                self._answer(question, allow=True)
        elif not self._concerns(case, status):
            self._answer(question, allow=True)
        elif verdict is None:
            self._scan(case)
        else:
            self.tally.known += 1
            self._alerted(case, verdict, fresh=False)

    def _concerns(self, case: _Case, status: os.stat_result) -> bool:
        """Whether the file is to be scanned for whoever opens it."""
        size, most = status.st_size, self.policy.max_size
        if not stat.S_ISREG(status.st_mode) or not size or (most and size > most):
            return False
        # A file with several names may have another one inside, and so may one that was reached
        # through another mount.
        covered = (
            status.st_nlink > 1
            or self.scope.covers(case.path)
            or self.scope.strange(case.question.descriptor)
        )
        return covered and not self.scope.exempt(case.question.pid)

    def _path(self, question: Question) -> bytes:
        path = os.readlink(b"/proc/self/fd/%d" % question.descriptor)  # noqa: PTH115 - bytes
        return path.removesuffix(b" (deleted)")

    def _scan(self, case: _Case) -> None:
        others = self._running.get(case.file)
        if others is not None:
            case.trusted, case.generation = True, self._generation
            others.append(case)
            return
        # Before it is read: a writer through a mapping may be gone when it has been.
        case.trusted = settled_by(case.file, time.time_ns()) and nobody_writes(
            case.question.descriptor
        )
        case.generation = self._generation
        try:
            copy = os.dup(case.question.descriptor)
        except OSError as error:
            self._failed(case, error.strerror or "no descriptor")
            return
        cases = [case]
        if case.trusted:
            self._running[case.file] = cases
        self.scanner.scan(copy, case.path, partial(self._ended, case.file, cases))

    def _ended(self, file: Identity, cases: list[_Case], verdict: Verdict) -> None:
        if self._running.get(file) is cases:
            del self._running[file]
        self.tally.scanned += 1
        for number, case in enumerate(cases):
            self._scanned(case, verdict, fresh=not number)

    def _scanned(self, case: _Case, verdict: Verdict, *, fresh: bool) -> None:
        if verdict.error:
            self._failed(case, verdict.error)
            return
        trusted = case.trusted and case.generation == self._generation
        if not self._unchanged(case, settle=trusted and not verdict.alert):
            return
        if verdict.incomplete and fresh:
            self.tally.incomplete += 1
            self.journal.warning(f"{printable(os.fsdecode(case.path))}: {verdict.incomplete}")
        if verdict.alert:
            if case.generation == self._generation:
                self.known.add(case.file, verdict.alert)
            self._alerted(case, verdict.alert, fresh=fresh)
            return
        if trusted:
            self.known.add(case.file, "")
        self._answer(case.question, allow=True)

    def _unchanged(self, case: _Case, *, settle: bool) -> bool:
        """Whether the file is still what was scanned; has it scanned again if not.

        What is settled is marked before this last look: a change after it clears the mark.
        """
        descriptor = case.question.descriptor
        if settle and self._settling:
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

    def _alerted(self, case: _Case, alert: str, *, fresh: bool) -> None:
        question, denied = case.question, self.policy.prevention
        if question.waiting:
            self.tally.denied += self.watch.answer(question, allow=not denied) and denied
        try:
            self._tell(case.path, alert, question.descriptor, fresh=fresh)
        finally:
            self._close(question)

    def _tell(self, path: bytes, alert: str, descriptor: int, *, fresh: bool) -> None:
        """What was found before is only told on request: who tries again and again fills no log."""
        line = f"{printable(os.fsdecode(path))}: {alert} FOUND"
        if fresh:
            self.journal.line(line)
            self.found(path, alert, descriptor)
        else:
            self.journal.verbose(line)

    def _answer(self, question: Question, *, allow: bool) -> None:
        if question.waiting:
            self.watch.answer(question, allow=allow)
        self._close(question)

    def _close(self, question: Question) -> None:
        os.close(question.descriptor)
        if not question.waiting:
            self._notices -= 1
            if self._notices == MAX_NOTICES - 1:  # there was no room, and nothing rings for it
                asyncio.get_running_loop().call_soon(self._questions)

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
