"""Where a stream is kept until it is scanned: memory that has a descriptor.

No file system is touched while there is memory to spare. What is larger, or comes when others use
much, goes to an unnamed file instead; where that cannot be written, to memory again up to a bound,
so that a full disk does not stop mail.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from nacre.model.limits import MIB

SMALL = 32 * MIB
"""A stream up to this size is kept in memory."""


@dataclass(slots=True)
class Memory:
    """What all buffers together may use."""

    total: int = 256 * MIB
    used: int = 0


class Buffer:
    """Collects one stream. Give away its descriptor with `detach`, or `close` it."""

    __slots__ = ("_directory", "_fd", "_in_memory", "_memory", "size")

    def __init__(self, memory: Memory, directory: str) -> None:
        self._memory = memory
        self._directory = directory
        self._in_memory = True
        self._fd = os.memfd_create("stream", os.MFD_CLOEXEC)
        self.size = 0

    def write(self, piece: memoryview | bytes) -> None:
        """Add `piece`; raises OSError when there is no place for it."""
        if self._in_memory and self._too_much(len(piece)):
            self._move()
        view = memoryview(piece)
        while view:
            view = view[os.write(self._fd, view) :]
        if self._in_memory:
            self._memory.used += len(piece)
        self.size += len(piece)

    def detach(self) -> tuple[int, int]:
        """The descriptor, which is the caller's now, and the memory to `give_back` for it."""
        fd, self._fd = self._fd, -1
        return fd, self.size if self._in_memory else 0

    def close(self) -> None:
        """Forget the stream."""
        if self._fd >= 0:
            fd, held = self.detach()
            os.close(fd)
            self._memory.used -= held

    def _too_much(self, more: int) -> bool:
        return self.size + more > SMALL or self._memory.used + more > self._memory.total

    def _move(self) -> None:
        """Go on in a file, if there can be one."""
        try:
            file = os.open(self._directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:
            if self._memory.used > 2 * self._memory.total:
                raise
            return
        position = 0
        while position < self.size:
            position += os.sendfile(file, self._fd, position, self.size - position)
        os.close(self._fd)
        self._memory.used -= self.size
        self._fd, self._in_memory = file, False
