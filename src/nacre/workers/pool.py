"""A pool of worker processes: hands out tasks in small batches, replaces workers that die.

Workers ask for more by answering. Nothing is queued behind a heavy task, so that the others can
take what is left. A task whose worker dies is answered with `Died` and not tried again; the other
tasks of that worker go back to the front of the queue.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from nacre.workers.wire import Receiver, Value, encode, messages
from nacre.workers.zygote import ask, fork_zygote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

BATCH_TASKS = 32
BATCH_WEIGHT = 4 << 20
TICK_SECONDS = 0.1
MAX_FRUITLESS = 5
"""Workers that may die in a row without an answer from any."""
_READ = 1 << 18

FLUSH_SECONDS = 0.02
"""Finished results wait at most until the first task that ends after this time."""

Job = Callable[[Value], Value]
Task = tuple[Value, int]
"""What the job gets, and its weight: bytes, or anything that grows with the work."""


_PROGRESS = struct.Struct("=Qd")


class Progress:
    """Shared memory in which each worker notes which of its tasks it began, and when.

    A note costs nothing beside a message; when a worker is killed it tells whose fault it was.
    """

    def __init__(self, slots: int) -> None:
        self._memory = mmap.mmap(-1, max(1, slots) * _PROGRESS.size)

    def note(self, slot: int, began: int, when: float) -> None:
        """Worker `slot` begins its task number `began` (from 1)."""
        _PROGRESS.pack_into(self._memory, slot * _PROGRESS.size, began, when)

    def read(self, slot: int) -> tuple[int, float]:
        """The number of tasks begun, and when the last one was."""
        began, when = _PROGRESS.unpack_from(self._memory, slot * _PROGRESS.size)
        return began, when


@dataclass(frozen=True, slots=True)
class Died:
    """Instead of a result: the worker was killed, or gave up, while it had this task."""

    reason: str
    overdue: bool = False
    """It had taken longer than it may."""


@dataclass(slots=True)
class _Worker:
    slot: int
    connection: socket.socket
    receiver: Receiver = field(default_factory=Receiver)
    output: bytearray = field(default_factory=bytearray)
    tasks: deque[Task] = field(default_factory=deque)
    weight: int = 0
    answered: int = 0
    overdue: bool = False

    def hungry(self) -> bool:
        return len(self.tasks) < BATCH_TASKS // 2 and self.weight < BATCH_WEIGHT // 2


class Pool:
    """Runs `job` in `size` processes. A context manager.

    Forks when it is made: make it before any thread.
    """

    def __init__(self, job: Job, size: int, *, deadline: float | None = None) -> None:
        """`deadline`: seconds after which a worker that is still at the same task is killed."""
        self._deadline = deadline
        self._progress = Progress(size)
        self._work = partial(_work, job, self._progress)
        self._selector = selectors.DefaultSelector()
        self._pending: deque[Task] = deque()
        self._fruitless = 0
        self._zygote, self._control = fork_zygote(self._work)
        self._workers = [self._hire(slot) for slot in range(size)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self, tasks: Iterable[Task], tick: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[Value, Value | Died]]:
        """Yield (task, result) in order of completion; calls `tick` a few times a second."""
        source = iter(tasks)
        due = time.monotonic() + TICK_SECONDS
        while self._feed(source):
            for key, events in self._selector.select(TICK_SECONDS):
                worker: _Worker = key.data
                if events & selectors.EVENT_WRITE:
                    self._flush(worker)
                if events & selectors.EVENT_READ:
                    yield from self._receive(worker)
            now = time.monotonic()
            if now >= due:
                due = now + TICK_SECONDS
                self._kill_overdue(now)
                tick()

    def close(self) -> None:
        """Kill all workers, whatever they are doing."""
        self._control.close()
        for worker in self._workers:
            worker.connection.close()
        self._selector.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._zygote, 0)

    def _feed(self, source: Iterator[Task]) -> bool:
        """Give hungry workers tasks; false when there is nothing left to do."""
        busy = False
        for worker in self._workers:
            if worker.hungry():
                self._hand(worker, source)
            busy = busy or bool(worker.tasks)
        return busy

    def _hand(self, worker: _Worker, source: Iterator[Task]) -> None:
        batch: list[Value] = []
        weight = 0
        while len(batch) < BATCH_TASKS and weight < BATCH_WEIGHT:
            task = self._pending.popleft() if self._pending else next(source, None)
            if task is None:
                break
            batch.append(task[0])
            weight += task[1]
            worker.tasks.append(task)
        if batch:
            worker.weight += weight
            worker.output += encode(batch)
            self._flush(worker)

    def _flush(self, worker: _Worker) -> None:
        try:
            sent = worker.connection.send(worker.output) if worker.output else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            worker.output.clear()  # it is dead; reading will tell
            sent = 0
        del worker.output[:sent]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.output else 0)
        if self._selector.get_key(worker.connection).events != events:
            self._selector.modify(worker.connection, events, worker)

    def _receive(self, worker: _Worker) -> Iterator[tuple[Value, Value | Died]]:
        try:
            data = worker.connection.recv(_READ)
            for results in worker.receiver.feed(data):
                for result in results:
                    task = worker.tasks.popleft()
                    worker.weight -= task[1]
                    worker.answered += 1
                    self._fruitless = 0
                    yield task[0], result
        except BlockingIOError:
            return
        except (OSError, ValueError, IndexError):
            data = b""  # killed, or no longer speaking the protocol
        if not data:
            yield from self._replace(worker)

    def _replace(self, worker: _Worker) -> Iterator[tuple[Value, Died]]:
        began, _when = self._progress.read(worker.slot)
        self._selector.unregister(worker.connection)
        worker.connection.close()
        reason = self._reap(worker)
        at = began - worker.answered - 1
        culprit = None
        self._fruitless += 1
        if self._fruitless > MAX_FRUITLESS:
            at = 0  # dies before it begins, again and again: go on without the task
        if 0 <= at < len(worker.tasks):
            culprit = worker.tasks[at]
            del worker.tasks[at]
        self._pending.extendleft(reversed(worker.tasks))
        self._workers[worker.slot] = self._hire(worker.slot)
        if culprit is not None:
            yield culprit[0], Died(reason)

    def _reap(self, worker: _Worker) -> str:
        # Whatever state it is in: without a connection it is of no use, and waiting must not block.
        self._request("kill", worker.slot)
        status, _ = self._request("reap", worker.slot)
        if worker.overdue:
            return f"the scanner process was stopped after {self._deadline:.0f} seconds"
        if status is None:
            return "the scanner process died"
        code = os.waitstatus_to_exitcode(status)
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"the scanner process died ({how})"

    def _kill_overdue(self, now: float) -> None:
        if self._deadline is None:
            return
        for worker in self._workers:
            began, when = self._progress.read(worker.slot)
            if began > worker.answered and now - when > self._deadline and not worker.overdue:
                worker.overdue = True
                self._request("kill", worker.slot)

    def _hire(self, slot: int) -> _Worker:
        self._progress.note(slot, 0, 0.0)
        _pid, descriptors = self._request("fork", slot)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptors[0])
        connection.settimeout(0)
        worker = _Worker(slot, connection)
        self._selector.register(connection, selectors.EVENT_READ, worker)
        return worker

    def _request(self, request: str, slot: int) -> tuple[Value, list[int]]:
        try:
            return ask(self._control, request, slot)
        except OSError:
            # Somebody killed the zygote. Its workers go on; a new one knows nothing of them.
            self._control.close()
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._zygote, 0)
            self._zygote, self._control = fork_zygote(self._work)
            return ask(self._control, request, slot)


def _work(job: Job, progress: Progress, connection: socket.socket, slot: int) -> None:
    """Answer batches of tasks with results in the same order, several in one message."""
    began = 0
    for batch in messages(connection):
        results: list[Value] = []
        flushed = time.monotonic()
        for task in batch:
            began += 1
            now = time.monotonic()
            progress.note(slot, began, now)
            if results and now - flushed > FLUSH_SECONDS:
                connection.sendall(encode(results))
                results, flushed = [], now
            results.append(job(task))
        connection.sendall(encode(results))
