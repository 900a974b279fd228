"""What a client says to clamd: commands, cut out of what arrives.

Only one form is known by its first byte; the oldest one has no end but that of the packet. In all
of them NUL ends the text, and a carriage return before the line feed is not part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_COMMAND = 4096 + 8
"""Bytes of the longest command, its end included: a path and a verb."""


class Form(Enum):
    """How a command is written, and so how its answers end."""

    NUL = b"\0"
    LINE = b"\n"
    BARE = b""

    @property
    def end(self) -> bytes:
        """What answers end with."""
        return self.value or b"\n"


_FORMS = {ord("z"): Form.NUL, ord("n"): Form.LINE}


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was sent, without prefix and end."""

    form: Form
    text: bytes

    def split(self, with_argument: Collection[bytes]) -> tuple[bytes, bytes]:
        """Verb and argument. One byte, whatever it is, is between the two.

        `with_argument`: the verbs that have one; one that lacks it is no verb.
        """
        for verb in with_argument:
            if self.text.startswith(verb) and len(self.text) > len(verb):
                return verb, self.text[len(verb) + 1 :]
        return (b"" if self.text in with_argument else self.text), b""


class CommandReader:
    """Cuts commands out of the packets of one connection."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    @property
    def empty(self) -> bool:
        """Nothing is left over, not even half a command."""
        return not self._buffer

    def feed(self, packet: bytes) -> None:
        """Take what arrived."""
        self._buffer = self._buffer + packet if self._buffer else packet

    def take(self) -> bytes:
        """All that is left over, which is not a command but what belongs to the last one."""
        rest, self._buffer = self._buffer, b""
        return rest

    def next(self) -> Command | None:
        """The next command, None when it is not all there.

        Raises:
            ProtocolError: it is longer than any command.
        """
        buffer = self._buffer
        if not buffer:
            return None
        form = _FORMS.get(buffer[0], Form.BARE)
        if form is Form.BARE:
            self._buffer = b""
            return Command(form, _text(buffer.split(b"\n", 1)[0]))
        end = buffer.find(form.value, 1, MAX_COMMAND)
        if end < 0:
            if len(buffer) >= MAX_COMMAND:
                raise ProtocolError("command too long")
            return None
        self._buffer = buffer[end + 1 :]
        text = buffer[1:end]
        return Command(form, _text(text) if form is Form.LINE else text)


def _text(line: bytes) -> bytes:
    return line.split(b"\0", 1)[0].removesuffix(b"\r")
