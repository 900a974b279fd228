"""A bounded cursor over a layer, and strict numbers in ASCII.

Python's `int()` takes ``1_0``, ``+5``, blanks and digits of other scripts; archives know none of
these.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from nacre.model.errors import Truncated

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_U16LE: Final = struct.Struct("<H")
_U32LE: Final = struct.Struct("<I")
_U64LE: Final = struct.Struct("<Q")
_U16BE: Final = struct.Struct(">H")
_U32BE: Final = struct.Struct(">I")
_U64BE: Final = struct.Struct(">Q")

# Digits enough for any 64-bit number; converting millions of them would take its time.
_DECIMAL_DIGITS: Final = 20
_OCTAL_DIGITS: Final = 22
_HEXADECIMAL_DIGITS: Final = 16
_DECIMAL: Final = frozenset(b"0123456789")
_OCTAL: Final = frozenset(b"01234567")
_HEXADECIMAL: Final = frozenset(b"0123456789abcdefABCDEF")


class Reader:
    """Reads a layer front to back; at its end `take` raises Truncated, `peek` gives less."""

    __slots__ = ("_data", "_end", "position")

    def __init__(self, data: Fmap, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._end = len(data) if end is None else min(end, len(data))
        self.position = min(start, self._end)

    @property
    def remaining(self) -> int:
        """Bytes from here to the end."""
        return max(0, self._end - self.position)

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes from here, without moving."""
        return self._data.read(self.position, min(size, self.remaining))

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        piece = self.peek(size)
        if len(piece) != size:
            raise Truncated(f"{size} bytes wanted at {self.position}, {len(piece)} present")
        self.position += size
        return piece

    def view(self, size: int) -> Fmap:
        """The next `size` bytes as a layer of their own, less at the end; nothing is copied."""
        size = min(size, self.remaining)
        piece = self._data.slice(self.position, size)
        self.position += size
        return piece

    def skip(self, size: int) -> None:
        """Move on by `size` bytes, at most to the end."""
        self.position += min(size, self.remaining)

    def seek(self, position: int) -> None:
        """Go to `position`, at most to the end."""
        self.position = min(max(0, position), self._end)

    def unpack(self, layout: struct.Struct) -> tuple[int, ...]:
        """The next fields, laid out as `layout`."""
        return layout.unpack(self.take(layout.size))

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u16le(self) -> int:
        """Two bytes, little endian."""
        return self.unpack(_U16LE)[0]

    def u32le(self) -> int:
        """Four bytes, little endian."""
        return self.unpack(_U32LE)[0]

    def u64le(self) -> int:
        """Eight bytes, little endian."""
        return self.unpack(_U64LE)[0]

    def u16be(self) -> int:
        """Two bytes, big endian."""
        return self.unpack(_U16BE)[0]

    def u32be(self) -> int:
        """Four bytes, big endian."""
        return self.unpack(_U32BE)[0]

    def u64be(self) -> int:
        """Eight bytes, big endian."""
        return self.unpack(_U64BE)[0]


def ascii_decimal(digits: bytes) -> int | None:
    """The number that `digits` spell, nothing else around them; None when they do not."""
    if not digits or len(digits) > _DECIMAL_DIGITS or not _DECIMAL.issuperset(digits):
        return None
    return int(digits)


def ascii_octal(digits: bytes) -> int | None:
    """The number that octal `digits` spell, nothing else around them; None when they do not."""
    if not digits or len(digits) > _OCTAL_DIGITS or not _OCTAL.issuperset(digits):
        return None
    return int(digits, 8)


def ascii_hexadecimal(digits: bytes) -> int | None:
    """The number that hexadecimal `digits` spell, nothing around them; None when they do not."""
    if not digits or len(digits) > _HEXADECIMAL_DIGITS or not _HEXADECIMAL.issuperset(digits):
        return None
    return int(digits, 16)
