"""TLS inside of TLS: an https mirror through an https proxy.

The library's own TLS sockets need a real socket below; this one has another TLS socket there.
It has just what an HTTP client uses.
"""

from __future__ import annotations

import io
import ssl
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_PIECE = 1 << 16
_Result = TypeVar("_Result")


class Layered:
    """A TLS connection to `host` through `below`."""

    def __init__(self, below: ssl.SSLSocket, context: ssl.SSLContext, host: str) -> None:
        """Shakes hands; raises OSError, ssl.SSLError among them."""
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._inner = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._turn(self._inner.do_handshake)

    def sendall(self, data: bytes) -> None:
        """Raises OSError."""
        view = memoryview(data)
        while view:
            view = view[self._turn(partial(self._inner.write, view)) :]

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises OSError."""
        try:
            return self._turn(partial(self._inner.read, size))
        except ssl.SSLZeroReturnError:
            return b""

    def settimeout(self, seconds: float | None) -> None:
        """For each wait."""
        self._below.settimeout(seconds)

    def makefile(self, _mode: str = "rb", *_: object, **__: object) -> io.BufferedReader:
        """For reading only."""
        return io.BufferedReader(_Reader(self, self._below.makefile("rb", 0)), _PIECE)

    def close(self) -> None:
        """The connection below as well, when the last reader of it is closed."""
        self._below.close()

    def _turn(self, step: Callable[[], _Result]) -> _Result:
        """The result of one step, after as many pieces either way as it needs."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                piece = self._below.recv(_PIECE)
                if piece:
                    self._incoming.write(piece)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._below.sendall(self._outgoing.read())


class _Reader(io.RawIOBase):
    def __init__(self, stream: Layered, held: io.RawIOBase) -> None:
        """`held` is what keeps the socket below open."""
        self._stream, self._held = stream, held

    def close(self) -> None:
        self._held.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.recv(len(view))
        view[: len(data)] = data
        return len(data)
