"""What a client says to clamd, and what it makes of the answers.

Commands are sent in the form that NUL ends, in which a path may hold anything else.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ANSWER = 1 << 20
"""Bytes of one answer; more is none."""

_NUMBERED = re.compile(rb"(\d{1,9}): ", re.ASCII)
_END = struct.pack(">I", 0)


def command(verb: bytes, argument: bytes | None = None) -> bytes:
    """One command; `argument` is anything without NUL."""
    if argument is None:
        return b"z%s\0" % verb
    if b"\0" in argument:
        raise ProtocolError("a path cannot hold NUL")
    return b"z%s %s\0" % (verb, argument)


def chunk(data: bytes | memoryview) -> bytes:
    """One chunk of a stream; an empty one ends it."""
    return struct.pack(">I", len(data)) + bytes(data) if data else _END


class Kind(Enum):
    """How an answer ends."""

    OK = b"OK"
    FOUND = b"FOUND"
    ERROR = b"ERROR"
    OTHER = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of an answer to a scan."""

    kind: Kind
    name: bytes
    """What was scanned, as the daemon calls it."""
    text: bytes
    """The alert, or what went wrong."""
    number: int | None = None
    """Of the command, inside an IDSESSION."""


def parse(line: bytes, *, session: bool = False) -> Answer:
    """Read one line, without its end.

    Raises:
        ProtocolError: inside a session, it has no number.
    """
    number = None
    if session:
        match = _NUMBERED.match(line)
        if match is None:
            raise ProtocolError("an answer without a number")
        number, line = int(match[1]), line[match.end() :]
    for kind in (Kind.OK, Kind.FOUND, Kind.ERROR):
        if line.endswith((b" " + kind.value, b": " + kind.value)):
            name, _, text = line[: -len(kind.value)].rstrip().rpartition(b": ")
            if kind is Kind.OK:
                return Answer(kind, line[: -len(b": OK")], b"", number)
            return Answer(kind, name, text, number)
    return Answer(Kind.OTHER, b"", line, number)


class AnswerReader:
    """Cuts what arrives into lines."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that `data` completes; empty `data`, at the end, gives what is left.

        Raises:
            ProtocolError: a line is too long to be an answer.
        """
        if not data:
            if self._buffer:
                last, self._buffer = self._buffer, b""
                yield last
            return
        *lines, self._buffer = (self._buffer + data).split(b"\0")
        if len(self._buffer) > MAX_ANSWER:
            raise ProtocolError("answer too long")
        for line in lines:
            # What is not of the command's form ends with a line feed: COMMAND READ TIMED OUT.
            yield line.removesuffix(b"\n")
