"""The seed: a small process, forked before there are connections and threads, that forks zygotes.

Each zygote gets its image and scanner after it was forked, so that a service can have a new
generation of workers without growing, and without any of them inheriting its clients' sockets.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable

from nacre.model.errors import NacreError
from nacre.workers.wire import Receiver, Value, encode
from nacre.workers.zygote import Work, child, serve

Plant = Callable[[Value], tuple[Value, Work]]
"""Gets ready what a request asks for: what to tell of it, and what the workers then do. An
error of ours, or of the system, is told as its text; after any other there is no zygote."""


def fork_seed(plant: Plant, prepare: Callable[[], None] = lambda: None) -> socket.socket:
    """Fork a seed; returns the socket over which it is asked for zygotes.

    Nothing that is open here is open there, except standard streams. What `prepare` leaves in
    memory all zygotes share, those of different generations too.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if not os.fork():
        child(lambda: _serve(theirs, plant, prepare))
    theirs.close()
    return ours


def ask_zygote(seed: socket.socket, request: Value) -> socket.socket:
    """A socket to a new zygote, which first tells whether it could get ready.

    Its first message is ``[true, what plant told]`` or ``[false, why not]``.

    Raises:
        OSError: the seed is gone.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            socket.send_fds(seed, [encode(request)], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
    return ours


def _serve(requests: socket.socket, plant: Plant, prepare: Callable[[], None]) -> None:
    os.closerange(3, requests.fileno())
    os.closerange(requests.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    prepare()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # zygotes are not waited for
    while True:
        data, descriptors, _flags, _address = socket.recv_fds(requests, 1 << 16, 1)
        if not data:
            return
        control = socket.socket(fileno=descriptors[0])
        pid = os.fork()
        if not pid:
            child(lambda: _grow(control, plant, data), requests)  # noqa: B023 - runs at once
        control.close()


def _grow(control: socket.socket, plant: Plant, request: bytes) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        told, work = plant(next(Receiver().feed(request)))
    except (NacreError, OSError) as error:
        control.sendall(encode([False, str(error) or type(error).__name__]))
        return
    control.sendall(encode([True, told]))
    serve(control, work)
