"""A client's socket in the event loop.

Reading is tried before it is waited for, since most clients send all they have at once. A deadline
is a time that `Connections.expire` compares now and then; it costs nothing otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import time

PACKET = 1 << 16
MAX_DESCRIPTORS = 4
"""Received with one packet; one is what FILDES needs, the rest is closed."""


class TimedOutError(Exception):
    """The client did not send, or take, what it should have by now."""


class Connection:
    """One client. Not for two tasks to read from at the same time."""

    __slots__ = (
        "_fd", "_loop", "_reading", "_sending", "_socket", "_take_by", "_writing",
        "deadline", "local", "name", "resting",
    )  # fmt: skip

    def __init__(self, client: socket.socket, loop: asyncio.AbstractEventLoop, name: str) -> None:
        """`name`: how the log calls it, such as ``local`` or ``127.0.0.1@50812``."""
        self._socket = client
        self._fd = client.fileno()
        self._loop = loop
        self._reading: asyncio.Future[None] | None = None
        self._writing: asyncio.Future[None] | None = None
        self._sending = asyncio.Lock()
        self._take_by = 0.0
        self.local = client.family == socket.AF_UNIX
        self.name = name
        self.resting = False
        """The client owes nothing, and nothing is owed to it."""
        self.deadline: float | None = None
        """When the client must have sent what is being waited for, by the monotonic clock."""

    @property
    def closed(self) -> bool:
        """Nothing can be sent any more."""
        return self._fd < 0

    async def receive(self) -> tuple[bytes, list[int]]:
        """The next packet, empty at the end, and descriptors that came with it.

        Raises:
            OSError: the connection broke.
            TimedOutError: the deadline has passed.
        """
        while True:
            try:
                if not self.local:
                    return self._socket.recv(PACKET), []
                data, descriptors, _flags, _ = socket.recv_fds(
                    self._socket, PACKET, MAX_DESCRIPTORS
                )
            except BlockingIOError:
                await self._wait(write=False)
            else:
                return data, descriptors

    async def receive_into(self, buffer: memoryview) -> int:
        """Fill `buffer` with what there is; returns its size, 0 at the end. Raises as `receive`."""
        while True:
            try:
                return self._socket.recv_into(buffer)
            except BlockingIOError:
                await self._wait(write=False)

    async def send(self, data: bytes, seconds: float) -> None:
        """Send all of `data`, giving the client so many seconds whenever it takes none.

        Raises:
            OSError: the connection broke.
            TimedOutError: the client takes nothing.
        """
        if not self._sending.locked():
            data = data[self._send(data) :]
        if data:
            async with self._sending:
                while data:
                    self._take_by = time.monotonic() + seconds
                    await self._wait(write=True)
                    data = data[self._send(data) :]

    def gone(self) -> bool:
        """The client has closed its end altogether."""
        if self._fd < 0:
            return True
        poll = select.poll()
        poll.register(self._fd, 0)
        return bool(poll.poll(0))

    def expire(self, now: float) -> None:
        """Whoever waits for longer than allowed gets `TimedOutError`."""
        if self._reading is not None and self.deadline is not None and now > self.deadline:
            _fail(self._reading, TimedOutError())
        if self._writing is not None and now > self._take_by:
            _fail(self._writing, TimedOutError())

    def drain(self) -> None:
        """The daemon ends: whoever waits for a client that rests need not."""
        if self.resting:
            _fail(self._reading, BrokenPipeError())

    def close(self) -> None:
        """Be done with the client, at once."""
        if self._fd < 0:
            return
        waiting = self._reading, self._writing
        self._unwatch()
        self._fd = -1
        self._socket.close()
        for future in waiting:
            _fail(future, BrokenPipeError())

    def finish(self) -> None:
        """Tell the client that nothing more comes, without closing."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _send(self, data: bytes) -> int:
        if self._fd < 0:
            raise BrokenPipeError
        try:
            return self._socket.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return 0

    async def _wait(self, *, write: bool) -> None:
        if self._fd < 0:
            raise BrokenPipeError
        future = self._loop.create_future()
        if write:
            self._writing = future
            self._loop.add_writer(self._fd, _wake, future)
        else:
            self._reading = future
            self._loop.add_reader(self._fd, _wake, future)
        try:
            await future
        finally:
            self._unwatch(read=not write, write=write)

    def _unwatch(self, *, read: bool = True, write: bool = True) -> None:
        """Before the number of the descriptor can be somebody else's."""
        if read and self._reading is not None:
            self._reading = None
            self._loop.remove_reader(self._fd)
        if write and self._writing is not None:
            self._writing = None
            self._loop.remove_writer(self._fd)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: asyncio.Future[None] | None, error: Exception) -> None:
    if future is not None and not future.done():
        future.set_exception(error)
