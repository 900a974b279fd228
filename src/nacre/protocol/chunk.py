"""What follows INSTREAM: chunks of a length in four bytes, big-endian, and as much data.

A chunk of length zero is the end.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTH = struct.Struct(">I")


class StreamTooLongError(ProtocolError):
    """The chunks are longer together than is allowed."""

    def __init__(self, requested: int, limit: int) -> None:
        super().__init__("INSTREAM size limit exceeded.")
        self.requested = requested
        """Length of the chunk that was too much, in bytes."""
        self.limit = limit


class ChunkReader:
    """Finds the data in the packets of a stream."""

    __slots__ = ("_head", "_left", "_limit", "_missing", "complete", "rest")

    def __init__(self, limit: int) -> None:
        """`limit`: bytes of all chunks together, 0 for no limit."""
        self._limit = limit
        self._left = limit
        self._head = b""
        self._missing = 0
        self.complete = False
        self.rest = b""
        """What came behind the end."""

    def feed(self, packet: memoryview) -> Iterator[memoryview]:
        """The data in `packet`, without copying.

        Raises:
            StreamTooLongError: a chunk is announced that is not allowed.
        """
        position, size = 0, len(packet)
        while position < size and not self.complete:
            if not self._missing:
                position = self._announcement(packet, position)
                continue
            piece = packet[position : position + self._missing]
            self._missing -= len(piece)
            position += len(piece)
            yield piece
        if self.complete:
            self.rest += bytes(packet[position:])

    def _announcement(self, packet: memoryview, position: int) -> int:
        """Read the length of the next chunk, or as much of it as is there."""
        end = min(position + _LENGTH.size - len(self._head), len(packet))
        head = self._head + bytes(packet[position:end])
        if len(head) < _LENGTH.size:
            self._head = head
            return end
        self._head = b""
        (length,) = _LENGTH.unpack(head)
        if self._limit:
            if length > self._left:
                raise StreamTooLongError(length, self._limit)
            self._left -= length
        self._missing = length
        self.complete = not length
        return end
