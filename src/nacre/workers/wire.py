"""Messages between the pool and its processes: a length in four bytes, then JSON.

JSON rather than pickle, so that a process taken over by what it scans can only lie, not run code
here. File names travel as strings with surrogate escapes, which JSON keeps.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_LENGTH = struct.Struct(">I")
_READ = 1 << 18
MAX_MESSAGE = 64 << 20

Value = Any  # whatever JSON can say
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def encode(value: Value) -> bytes:
    """One message."""
    body = _dumps(value).encode("ascii")
    return _LENGTH.pack(len(body)) + body


class Receiver:
    """Cuts what arrives on a socket into messages."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Value]:
        """The messages that `data` completes.

        Raises:
            ValueError: the other side does not speak this protocol.
        """
        buffer = self._buffer
        buffer += data
        while len(buffer) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(buffer)
            if size > MAX_MESSAGE:
                raise ValueError(f"message of {size} bytes")
            end = _LENGTH.size + size
            if len(buffer) < end:
                return
            body = bytes(buffer[_LENGTH.size : end])
            del buffer[:end]
            yield json.loads(body)


def messages(connection: socket.socket) -> Iterator[Value]:
    """Messages from a blocking socket until the other side closes it."""
    receiver = Receiver()
    while data := connection.recv(_READ):
        yield from receiver.feed(data)
