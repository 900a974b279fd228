"""A client's connection to clamd, over a Unix socket or TCP."""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from nacre.model.errors import NacreError, ProtocolError
from nacre.protocol.client import Answer, AnswerReader, chunk, command, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_PIECE = 1 << 18
_READ = 1 << 16
_SHORTEST = 0.001
"""A timeout that is over; 0 would mean something else."""
MAX_ANSWER = 16 << 20
"""Bytes that are read of one answer."""


class UnreachableError(NacreError):
    """No clamd answers; the text is what ClamAV's clients say."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a clamd listens: `path` of a Unix socket, or `host` and `port`."""

    path: str | None = None
    host: str = "localhost"
    port: int = 0

    @property
    def local(self) -> bool:
        """Whether descriptors can be passed."""
        return self.path is not None

    def connect(self, timeout: float | None = None) -> socket.socket:
        """A new connection; raises UnreachableError."""
        if self.path is not None:
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(timeout)
            try:
                client.connect(self.path)
            except OSError as error:
                client.close()
                raise UnreachableError(
                    f"Could not connect to clamd on LocalSocket {self.path}: {error.strerror}"
                ) from error
            return client
        try:
            return socket.create_connection((self.host, self.port), timeout)
        except OSError as error:
            raise UnreachableError(
                f"Could not connect to clamd on {self.host}: {error.strerror or error}"
            ) from error


class Client:
    """One connection: one command, or a session of several. A context manager."""

    def __init__(
        self, address: Address, *, session: bool = False, timeout: float | None = None
    ) -> None:
        """Connect; raises UnreachableError."""
        self._socket = address.connect(timeout)
        self._session = session
        self._reader = AnswerReader()
        self._answers: deque[Answer] = deque()
        self._ended = False
        self.sent = 0
        """Commands in this session."""
        if session:
            self._socket.sendall(command(b"IDSESSION"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def say(self, verb: bytes, argument: bytes | None = None) -> None:
        """Send a command; raises OSError."""
        self.sent += 1
        self._socket.sendall(command(verb, argument))

    def pass_descriptor(self, descriptor: int) -> None:
        """Have what is behind `descriptor` scanned. Raises OSError."""
        self.say(b"FILDES")
        socket.send_fds(self._socket, [b"\0"], [descriptor])

    def send_stream(self, descriptor: int) -> None:
        """Have what can be read from `descriptor` scanned, from where it is to its end.

        When the daemon wants no more, reading stops: its answer says why. Raises OSError.
        """
        self.say(b"INSTREAM")
        try:
            while piece := os.read(descriptor, _PIECE):
                self._socket.sendall(chunk(piece))
            self._socket.sendall(chunk(b""))
        except (BrokenPipeError, ConnectionResetError):
            return

    def end(self) -> None:
        """Say that no command follows in this session."""
        self._socket.sendall(command(b"END"))

    def answer(self) -> Answer | None:
        """The next line of an answer, None after the last.

        Raises:
            OSError: the connection broke.
            ProtocolError: the other side is no clamd.
        """
        while not self._answers and not self._ended:
            try:
                data = self._socket.recv(_READ)
            except ConnectionResetError:
                data = b""
            self._ended = not data
            for line in self._reader.feed(data):
                self._answers.append(parse(line, session=self._session))
        return self._answers.popleft() if self._answers else None

    def answers(self) -> Iterator[Answer]:
        """All lines that are still to come."""
        while (answer := self.answer()) is not None:
            yield answer


def ask(address: Address, verb: bytes, timeout: float | None = None) -> bytes:
    """The whole answer to a command without argument, within `timeout` seconds in all.

    Raises:
        UnreachableError: nobody listens.
        OSError: the answer does not come, or not in time.
        ProtocolError: it is longer than any that clamd gives.
    """
    answer = bytearray()
    ending = None if timeout is None else time.monotonic() + timeout
    with address.connect(timeout) as client:
        client.sendall(command(verb))
        while piece := client.recv(_READ):
            answer += piece
            if len(answer) > MAX_ANSWER:
                raise ProtocolError("answer too long")
            if ending is not None:
                client.settimeout(max(_SHORTEST, ending - time.monotonic()))
    return bytes(answer.rstrip(b"\0\n"))
