"""Verdicts of a clamd, nacre's or ClamAV's: by descriptor, by stream, or by path."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError
from nacre.onaccess.verdict import Done, Verdict
from nacre.protocol.client import Kind
from nacre.transport.clamd import Address, Client, UnreachableError, ask

if TYPE_CHECKING:
    from nacre.protocol.client import Answer

_LOAD_SECONDS = 10.0
_REPLY_BYTES = 64
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group (unix(7))."""


class How(Enum):
    """The way in which clamd gets a file."""

    DESCRIPTOR = "fdpass"
    STREAM = "stream"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Asking:
    """How a clamd is asked."""

    address: Address
    how: How
    seconds: float
    """That an answer may take."""
    attempts: int = 1
    at_once: int = 5
    """Files that are asked for at the same time."""


class Daemon:
    """A `Scanner` that asks a clamd, each time on a connection of its own."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(asking.at_once, "clamd")
        self.pid = 0
        """Its process, where it is on this host; 0 where it is not known."""

    async def load(self) -> str:
        """Whether it is there, and which."""
        self.pid = await self._loop.run_in_executor(None, process_of, self._asking.address)
        version = await self._loop.run_in_executor(
            None, ask, self._asking.address, b"VERSION", _LOAD_SECONDS
        )
        return version.decode("utf-8", "replace")

    def scan(self, descriptor: int, path: bytes, done: Done) -> None:
        """By the next thread that is free."""
        self._threads.submit(self._scan, descriptor, path, done)

    def _scan(self, descriptor: int, path: bytes, done: Done) -> None:
        verdict = Verdict(error="not asked")
        try:
            for _ in range(self._asking.attempts):
                verdict = self._ask(descriptor, path)
                if not verdict.error:
                    break
        finally:
            os.close(descriptor)
            self._loop.call_soon_threadsafe(done, verdict)

    def _ask(self, descriptor: int, path: bytes) -> Verdict:
        ending = time.monotonic() + self._asking.seconds
        if not self.pid:
            self.pid = process_of(self._asking.address, self._asking.seconds)
        try:
            with Client(self._asking.address, timeout=self._asking.seconds) as client:
                if self._asking.how is How.DESCRIPTOR:
                    client.pass_descriptor(descriptor)
                elif self._asking.how is How.STREAM:
                    os.lseek(descriptor, 0, os.SEEK_SET)
                    client.send_stream(descriptor)
                else:
                    client.say(b"SCAN", path)
                answer = client.answer()
        except TimeoutError:
            return Verdict(error="clamd does not answer in time")
        except (UnreachableError, ProtocolError, OSError) as error:
            self.pid = 0  # it may be another one when it is there again
            return Verdict(error=str(error))
        if time.monotonic() > ending:
            return Verdict(error="clamd does not answer in time")
        return _verdict(answer)

    def close(self) -> None:
        """Ask for nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def process_of(address: Address, seconds: float = _LOAD_SECONDS) -> int:
    """Who answers on a Unix socket; 0 where that cannot be said.

    Not who listens (SO_PEERCRED): that is systemd where it made the socket.
    """
    if not address.local:
        return 0
    size = socket.CMSG_SPACE(_CREDENTIALS.size)
    try:
        with address.connect(seconds) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            connection.sendall(b"zPING\0")
            _, control, _, _ = connection.recvmsg(_REPLY_BYTES, size)
    except (UnreachableError, OSError):
        return 0
    for level, kind, raw in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            return int(_CREDENTIALS.unpack_from(raw)[0])
    return 0


def _verdict(answer: Answer | None) -> Verdict:
    if answer is None:
        return Verdict(error="clamd gave no answer")
    if answer.kind is Kind.FOUND:
        return Verdict(answer.text.decode("utf-8", "replace"))
    if answer.kind is Kind.OK:
        return Verdict()
    return Verdict(error=answer.text.decode("utf-8", "replace"))
