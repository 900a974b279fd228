"""One command of a client, and its answers; and what a command is to this room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from nacre.protocol import answer

if TYPE_CHECKING:
    from nacre.daemon.buffer import Buffer
    from nacre.daemon.connection import Connection
    from nacre.daemon.server import Server
    from nacre.protocol.command import Form


class Input(Enum):
    """What follows a command, and is read before it runs."""

    NONE = "none"
    STREAM = "stream"
    DESCRIPTOR = "descriptor"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a command may be given."""

    verb: bytes
    argument: bool = False
    bare: bool = True
    """Without prefix, as one packet."""
    in_session: bool = False
    """Inside an IDSESSION."""
    input: Input = Input.NONE


class Command(Protocol):
    """A module of `commands`."""

    RULES: Rules

    @staticmethod
    async def run(exchange: Exchange) -> None:
        """Answer. Raises OSError when the client is gone."""


class Exchange:
    """One command and its answers.

    It has the client's connection by reference, never by number: an answer that comes late finds it
    closed, not another client's.
    """

    __slots__ = (
        "argument",
        "buffer",
        "connection",
        "descriptor",
        "form",
        "number",
        "server",
        "verb",
    )

    def __init__(  # noqa: PLR0913 - all of it is what was said
        self,
        server: Server,
        connection: Connection,
        form: Form,
        verb: bytes,
        argument: bytes = b"",
        *,
        number: int | None = None,
    ) -> None:
        self.server = server
        self.connection = connection
        self.form = form
        self.verb = verb.decode("ascii", "replace")
        self.argument = argument
        self.number = number
        """In an IDSESSION."""
        self.buffer: Buffer | None = None
        """The stream, after INSTREAM."""
        self.descriptor = -1
        """What came with FILDES; the command's to close."""

    async def answer(self, text: bytes) -> None:
        """Send one line; raises OSError or TimedOutError when the client does not take it."""
        if self.number is not None:
            text = answer.numbered(self.number, text)
        await self.connection.send(text + self.form.end, self.server.serving.send_timeout)
