"""The bytes of a container after its header, unpacked piece by piece and never held whole."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, BinaryIO

from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20
MAX_UNPACKED = 16 << 30
"""Far more than any database; a container that unpacks to more is an attack."""

_GZIP = 31  # zlib's window bits for a gzip stream
_GZIP_MAGIC = b"\x1f\x8b"


class Stream:
    """Reads the body of a container in order; `md5` is that of its bytes as stored."""

    def __init__(self, file: BinaryIO, place: str) -> None:
        self._file = file
        self._place = place
        self._md5 = hashlib.md5(usedforsecurity=False)
        first = self._stored()
        packed = first.startswith(_GZIP_MAGIC)
        self._pieces = self._unpacked(first) if packed else self._plain(first)
        self._pending = memoryview(b"")
        self._total = 0

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes, or nothing at the end.

        Raises:
            DatabaseError: the stream ends in between.
        """
        data = b"".join(self.pieces(size, missing_ok=True))
        if data and len(data) < size:
            raise self._truncated()
        return data

    def pieces(self, size: int, *, missing_ok: bool = False) -> Iterator[memoryview]:
        """The next `size` bytes as they come.

        Raises:
            DatabaseError: the stream ends before.
        """
        while size:
            if not self._pending and not self._next():
                if missing_ok:
                    return
                raise self._truncated()
            piece = self._pending[:size]
            self._pending = self._pending[len(piece) :]
            size -= len(piece)
            yield piece

    def md5(self) -> str:
        """The digest of the whole body as stored; reads what is left of it."""
        while self._stored():
            pass
        return self._md5.hexdigest()

    def _next(self) -> bool:
        # Unpacking may give nothing for a while without being at its end.
        piece = next((piece for piece in self._pieces if piece), b"")
        self._total += len(piece)
        if self._total > MAX_UNPACKED:
            raise DatabaseError(f"{self._place}: unpacks to more than {MAX_UNPACKED} bytes")
        self._pending = memoryview(piece)
        return bool(piece)

    def _stored(self) -> bytes:
        try:
            piece = self._file.read(CHUNK)
        except OSError as error:
            raise DatabaseError(f"{self._place}: {error.strerror}") from error
        self._md5.update(piece)
        return piece

    def _plain(self, first: bytes) -> Iterator[bytes]:
        piece = first
        while piece:
            yield piece
            piece = self._stored()

    def _unpacked(self, first: bytes) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_GZIP)
        piece = first
        try:
            while piece and not unpacker.eof:
                yield unpacker.decompress(piece, CHUNK)
                piece = unpacker.unconsumed_tail or self._stored()
            if rest := unpacker.flush():
                yield rest
        except zlib.error as error:
            raise DatabaseError(f"{self._place}: damaged ({error})") from error

    def _truncated(self) -> DatabaseError:
        return DatabaseError(f"{self._place}: truncated")
