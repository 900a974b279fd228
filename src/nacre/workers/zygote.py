"""The zygote: forked once, when all is imported and mapped; forks every worker from then on.

Its memory is what the workers share, and it stays as small and single-threaded as it was born,
however the process that owns the workers grows. It answers one request at a time: fork a worker,
wait for a dead one, kill one. When its owner goes away it takes the workers with it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from nacre.workers.wire import Receiver, Value, encode, messages

Work = Callable[[socket.socket, int], None]
"""What a worker does with its end of a connection, and the number of its slot, until the other end
is closed."""

_ANSWER = 1 << 16


def fork_zygote(work: Work) -> tuple[int, socket.socket]:
    """Fork a zygote whose workers do `work`; returns its process id and the socket to `ask`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        child(lambda: serve(theirs, work), ours)
    theirs.close()
    return pid, ours


def ask(control: socket.socket, request: str, slot: int) -> tuple[Value, list[int]]:
    """Ask the zygote to "fork", "reap" or "kill" worker `slot`; the answer and descriptors with it.

    Raises:
        OSError: the zygote is gone.
    """
    control.sendall(encode([request, slot]))
    return receive(control)


def receive(control: socket.socket) -> tuple[Value, list[int]]:
    """The zygote's next answer: a process id with a connection to it, a status, or None.

    Raises:
        OSError: the zygote is gone.
    """
    data, descriptors, _flags, _address = socket.recv_fds(control, _ANSWER, 1)
    if not data:
        raise ConnectionResetError("the zygote is gone")
    return next(Receiver().feed(data)), list(descriptors)


def child(run: Callable[[], None], *inherited: socket.socket) -> NoReturn:
    """What a forked process does: never returns into the code that forked it.

    `inherited`: what is the parent's alone, and closed here.
    """
    status = 1
    try:
        # Ctrl-C goes to the whole process group, SIGTERM often to all of a service; only the owner
        # decides what they mean. When it goes, so do its children.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
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


def serve(control: socket.socket, work: Work) -> None:
    """Be a zygote until the owner closes the other end of `control`."""
    workers: dict[int, int] = {}
    try:
        for request, slot in messages(control):
            if request == "fork":
                _fork_worker(control, work, slot, workers)
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


def _fork_worker(control: socket.socket, work: Work, slot: int, workers: dict[int, int]) -> None:
    owners, workers_end = socket.socketpair()
    with owners, workers_end:
        pid = os.fork()
        if not pid:
            child(lambda: work(workers_end, slot), control, owners)
        workers[slot] = pid
        socket.send_fds(control, [encode(pid)], [owners.fileno()])
