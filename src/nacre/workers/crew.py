"""Workers for a service: one descriptor in, one record out, and nobody waits behind a slow one.

A `Crew` belongs to one event loop, which it tells what to watch, and never blocks. A few workers
are kept warm; when a job has waited for a while there are more, up to `Staffing.most`. A job that
takes long is slowed down in favour of the others and does not count towards that bound, so that
heavy scans, however many, leave small ones a worker. A worker at its deadline is killed, and one
that says so, dies or has been idle for long is replaced or let go. A job whose worker dies is
answered with `Died` and not tried again, unless the worker died before it read what to do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from nacre.workers.pool import Died
from nacre.workers.wire import Receiver, Value, encode
from nacre.workers.zygote import receive

if TYPE_CHECKING:
    from collections.abc import Callable

TICK_SECONDS = 0.05
"""How often `Crew.tick` wants to be called."""

_READ = 1 << 18
_PATIENCE = 0.03
"""Seconds that a job waits before there is another worker for it."""
_SLOW = 0.25
"""Seconds after which a job counts as slow."""
_POLITE = 1.0
"""Seconds after which a slow job gets less of the processor."""
_NICE = 10
_SPARE = 4
"""Workers beyond the bound, for as many slow ones, at least."""
_LEAVE_SECONDS = 2.0
"""How long a worker that was let go may take to end."""

GONE = "the scanner process died"
OVERDUE = "the scanner process was stopped at its deadline"


class Watcher(Protocol):
    """The part of an asyncio event loop that a crew needs."""

    def add_reader(self, fd: int, callback: Callable[..., object], /, *args: object) -> None:
        """Call back whenever `fd` can be read."""

    def remove_reader(self, fd: int, /) -> bool:
        """Never again."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many workers, and for how long."""

    warm: int
    """Kept in any case."""
    most: int
    """With jobs that are not slow."""
    deadline: float | None = None
    """Seconds that a job may take before its worker is killed."""
    idle_seconds: float = 30.0
    """After which a worker beyond the warm ones is let go."""


@dataclass(slots=True, eq=False)
class Job:
    """Something to do, and who wants to know."""

    task: Value
    descriptor: int
    """Closed when the job is over."""
    done: Callable[[Value | Died], None]
    label: str = ""
    """For whoever asks what is being done."""
    submitted: float = field(default_factory=time.monotonic)
    began: float = 0.0


@dataclass(slots=True, eq=False)
class _Worker:
    slot: int
    pid: int
    connection: socket.socket
    receiver: Receiver = field(default_factory=Receiver)
    job: Job | None = None
    since: float = 0.0
    """When its job began, or it became idle, or it was let go."""
    slow: bool = False
    polite: bool = False
    leaving: bool = False


class Crew:
    """Workers forked by one zygote, which `control` leads to.

    `lost` is called once when the zygote is gone; jobs that wait are kept, and can be `handed_over`
    to another crew.
    """

    def __init__(
        self,
        control: socket.socket,
        watcher: Watcher,
        staffing: Staffing,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._control: socket.socket | None = control
        control.settimeout(0)
        self._watcher = watcher
        self._staffing = staffing
        self._lost = lost
        self._workers: dict[int, _Worker] = {}
        self._idle: list[_Worker] = []
        self._waiting: deque[Job] = deque()
        self._asked: deque[tuple[str, int]] = deque()
        self._forking = 0
        self._retired: Callable[[], None] | None = None
        watcher.add_reader(control.fileno(), self._answered)
        self._hire()

    # What its owner asks.

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is being done now."""
        return tuple(worker.job for worker in self._workers.values() if worker.job is not None)

    @property
    def idle(self) -> int:
        """Workers with nothing to do."""
        return len(self._idle)

    @property
    def waiting(self) -> tuple[Job, ...]:
        """Jobs that no worker has taken yet, the oldest first."""
        return tuple(self._waiting)

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of the workers."""
        return tuple(worker.pid for worker in self._workers.values())

    def submit(self, job: Job) -> None:
        """Have `job` done."""
        if self._idle and not self._waiting:
            self._start(self._idle.pop(), job)
        else:
            self._waiting.append(job)

    def tick(self) -> None:
        """Look at the time: kill, slow down, hire and let go."""
        now = time.monotonic()
        for worker in tuple(self._workers.values()):
            self._inspect(worker, now)
        self._hire()

    def retire(self, gone: Callable[[], None]) -> tuple[Job, ...]:
        """Take no more jobs, end when those that were begun are done, and then call `gone`.

        Returns the jobs that wait, which are the caller's again.
        """
        self._retired = gone
        waiting = tuple(self._waiting)
        self._waiting.clear()
        for worker in tuple(self._idle):
            self._let_go(worker)
        self._end_when_empty()
        return waiting

    def close(self) -> None:
        """Kill all workers; jobs that were begun are answered."""
        for worker in tuple(self._workers.values()):
            self._bury(worker, GONE)
        self._leave_zygote()

    # Workers come and go.

    def _hire(self) -> None:
        """Ask for as many workers as are missing."""
        if self._control is None or self._retired is not None:
            return
        staying = [worker for worker in self._workers.values() if not worker.leaving]
        slow = sum(worker.slow for worker in staying)
        have = len(staying) + self._forking
        wanted = self._staffing.warm
        if self._waiting and time.monotonic() - self._waiting[0].submitted > _PATIENCE:
            wanted = max(wanted, have + 1)
        bound = self._staffing.most + min(slow, max(_SPARE, self._staffing.most))
        for _ in range(min(wanted, bound) - have):
            slot = next(
                number
                for number in range(len(self._workers) + self._forking + 1)
                if number not in self._workers and ("fork", number) not in self._asked
            )
            self._forking += self._ask("fork", slot)

    def _ask(self, request: str, slot: int) -> bool:
        if self._control is None:
            return False
        try:
            self._control.send(encode([request, slot]))
        except BlockingIOError:
            return False  # it is stopped or very busy; tick asks again
        except OSError:
            self._leave_zygote()
            self._lost()
            return False
        self._asked.append((request, slot))
        return True

    def _answered(self) -> None:
        """The zygote answered: there is another worker, or one less."""
        if self._control is None:
            return
        try:
            value, descriptors = receive(self._control)
        except BlockingIOError:
            return
        except OSError:
            self._leave_zygote()
            self._lost()
            return
        request, slot = self._asked.popleft()
        if request == "fork":
            self._forking -= 1
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptors[0])
            connection.settimeout(0)
            worker = _Worker(slot, value, connection, since=time.monotonic())
            self._workers[slot] = worker
            self._watcher.add_reader(connection.fileno(), self._readable, worker)
            if self._retired is not None:
                self._let_go(worker)
            else:
                self._next(worker)
        self._end_when_empty()

    def _next(self, worker: _Worker) -> None:
        """`worker` has nothing to do."""
        if self._waiting:
            self._start(worker, self._waiting.popleft())
        elif worker.polite or self._retired is not None:
            self._let_go(worker)  # it cannot be made fast again
        else:
            worker.since = time.monotonic()
            self._idle.append(worker)

    def _let_go(self, worker: _Worker) -> None:
        worker.leaving = True
        worker.since = time.monotonic()
        if worker in self._idle:
            self._idle.remove(worker)
        with contextlib.suppress(OSError):
            worker.connection.shutdown(socket.SHUT_WR)

    def _bury(self, worker: _Worker, reason: str) -> None:
        """`worker` is dead, or is killed now; whoever waits for it is told."""
        self._watcher.remove_reader(worker.connection.fileno())
        worker.connection.close()
        del self._workers[worker.slot]
        if worker in self._idle:
            self._idle.remove(worker)
        with contextlib.suppress(OSError):
            os.kill(worker.pid, signal.SIGKILL)  # not waited for yet: the number is still its own
        self._ask("reap", worker.slot)
        if worker.job is not None:
            self._over(worker.job, Died(reason, overdue=reason == OVERDUE))
        while self._waiting and self._idle:  # what was taken back
            self._start(self._idle.pop(), self._waiting.popleft())
        self._hire()
        self._end_when_empty()

    def _end_when_empty(self) -> None:
        if self._retired is not None and not self._workers and not self._forking:
            gone, self._retired = self._retired, lambda: None
            self._leave_zygote()
            gone()

    def _leave_zygote(self) -> None:
        if self._control is not None:
            self._watcher.remove_reader(self._control.fileno())
            self._control.close()
            self._control = None

    # Jobs.

    def _start(self, worker: _Worker, job: Job) -> None:
        worker.job = job
        worker.since = job.began = time.monotonic()
        try:
            # A stream socket with nothing under way takes this in one piece.
            socket.send_fds(worker.connection, [encode(job.task)], [job.descriptor])
        except OSError:
            self._take_back(worker)
            self._bury(worker, GONE)

    def _take_back(self, worker: _Worker) -> None:
        """Its job was not begun, so it is another worker's, and not to blame."""
        if worker.job is not None and self._retired is None:
            self._waiting.appendleft(worker.job)
            worker.job = None

    def _readable(self, worker: _Worker) -> None:
        try:
            data = worker.connection.recv(_READ)
            for record, leaving in worker.receiver.feed(data):
                self._finished(worker, record, leaving=leaving)
        except BlockingIOError:
            return
        except ConnectionResetError:
            # The kernel says so where something was never read: it died before it began the job.
            self._take_back(worker)
            data = b""
        except (OSError, ValueError, TypeError):
            data = b""  # killed, or no longer speaking the protocol
        if not data and self._workers.get(worker.slot) is worker:
            self._bury(worker, GONE)

    def _finished(self, worker: _Worker, record: Value, *, leaving: bool) -> None:
        job, worker.job = worker.job, None
        worker.slow = False
        if job is None:
            raise ValueError("an answer that nobody asked for")
        if leaving:
            self._let_go(worker)
            self._hire()
        else:
            self._next(worker)
        self._over(job, record)

    @staticmethod
    def _over(job: Job, answer: Value | Died) -> None:
        os.close(job.descriptor)
        job.done(answer)

    def _inspect(self, worker: _Worker, now: float) -> None:
        seconds = now - worker.since
        if worker.job is None:
            if worker.leaving:
                if seconds > _LEAVE_SECONDS:
                    self._bury(worker, GONE)
            elif (
                seconds > self._staffing.idle_seconds
                and len(self._workers) + self._forking > self._staffing.warm
            ):
                self._let_go(worker)
            return
        deadline = self._staffing.deadline
        if deadline is not None and seconds > deadline:
            self._bury(worker, OVERDUE)
            return
        worker.slow = seconds > _SLOW
        if seconds > _POLITE and not worker.polite:
            worker.polite = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, worker.pid, _NICE)
