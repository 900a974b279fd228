"""The zygote: forked once, when all is imported and mapped; forks every worker from then on.

Its memory is what the workers share, and it stays as small and single-threaded as it was born,
however the process that owns the pool grows. It answers one request at a time: fork a worker, wait
for a dead one, kill one. When its owner goes away it takes the workers with it.
"""

from __future__ import annotations

import gc
import mmap
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from nacre.workers.wire import Receiver, Value, encode, messages

Job = Callable[[Value], Value]

FLUSH_SECONDS = 0.02
"""Finished results wait at most until the first task that ends after this time."""

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


def fork_zygote(job: Job, progress: Progress) -> tuple[int, socket.socket]:
    """Fork a zygote whose workers run `job`; returns its process id and the socket to `ask`."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        _child(lambda: _serve(theirs, job, progress), ours)
    theirs.close()
    return pid, ours


def ask(control: socket.socket, request: str, slot: int) -> tuple[Value, list[int]]:
    """Ask the zygote to "fork", "reap" or "kill" worker `slot`; the answer and descriptors with it.

    Raises:
        OSError: the zygote is gone.
    """
    control.sendall(encode([request, slot]))
    data, descriptors, _flags, _address = socket.recv_fds(control, 64, 1)
    if not data:
        raise ConnectionResetError("the zygote is gone")
    return next(Receiver().feed(data)), list(descriptors)


def _child(run: Callable[[], None], *inherited: socket.socket) -> NoReturn:
    """What a forked process does: never returns into the code that forked it."""
    status = 1
    try:
        # Ctrl-C goes to the whole process group; only the owner decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for connection in inherited:
            connection.close()
        # What exists now is shared with the parent; the collector must not touch (and so copy) it.
        gc.freeze()
        run()
        status = 0
    except OSError:
        pass  # the other side went away
    except BaseException:  # noqa: BLE001 - a forked child must not unwind into its parent's frames
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _serve(control: socket.socket, job: Job, progress: Progress) -> None:
    workers: dict[int, int] = {}
    try:
        for request, slot in messages(control):
            if request == "fork":
                _fork_worker(control, job, progress, slot, workers)
            elif request == "reap":
                pid = workers.pop(slot, None)
                control.sendall(encode(None if pid is None else os.waitpid(pid, 0)[1]))
            else:
                if slot in workers:
                    os.kill(workers[slot], signal.SIGKILL)
                control.sendall(encode(None))
    finally:
        for pid in workers.values():
            os.kill(pid, signal.SIGKILL)
        for pid in workers.values():
            os.waitpid(pid, 0)


def _fork_worker(
    control: socket.socket, job: Job, progress: Progress, slot: int, workers: dict[int, int]
) -> None:
    owners, workers_end = socket.socketpair()
    with owners, workers_end:
        progress.note(slot, 0, 0.0)
        pid = os.fork()
        if not pid:
            _child(lambda: _work(workers_end, job, progress, slot), control, owners)
        workers[slot] = pid
        socket.send_fds(control, [encode(pid)], [owners.fileno()])


def _work(connection: socket.socket, job: Job, progress: Progress, slot: int) -> None:
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
