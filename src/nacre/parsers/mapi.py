"""A list of MAPI properties as TNEF carries it.

Layout: a count, then properties: type and number (16 bits each), for numbers from 8000 on a name
(GUID, kind, number or text), for types with the flag 1000 a count of values, the values. Values of
no fixed size have a length before them and are padded to four bytes.
Spec: MS-OXTNEF 2.1.3.4, MS-OXCDATA 2.11.1. Gives the values of no fixed size only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

OBJECT: Final = 0x000D
_STRING8: Final = 0x001E
UNICODE: Final = 0x001F
_BINARY: Final = 0x0102
_VARIABLE: Final = frozenset({OBJECT, _STRING8, UNICODE, _BINARY})
_FIXED: Final = {
    0x0001: 4, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4,
    0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
"""Sizes of the types that have one, padding included."""
_SEVERAL: Final = 0x1000
_NAMED: Final = 0x8000
_GUID_SIZE: Final = 16
_NAME_IS_TEXT: Final = 1


class Property(NamedTuple):
    """A value."""

    number: int
    kind: int
    """Type of the value."""
    value: Fmap

    def text(self, longest: int) -> bytes:
        """The value as a name, UTF-8 if it was Unicode."""
        raw = self.value.read(0, longest)
        if self.kind == UNICODE:
            raw = raw.decode("utf-16-le", "replace").encode("utf-8", "replace")
        return raw.partition(b"\0")[0]


def properties(data: Fmap, budget: Budget) -> Iterator[Property]:
    """The values, front to back.

    Raises:
        FormatError: what follows cannot be read.
    """
    reader = Reader(data)
    for _ in range(reader.u32le()):
        budget.check_time()
        kind, number = reader.u16le(), reader.u16le()
        if number & _NAMED:
            _skip_name(reader)
        several = bool(kind & _SEVERAL)
        kind &= ~_SEVERAL
        count = reader.u32le() if several or kind in _VARIABLE else 1
        for _ in range(count):
            if kind in _VARIABLE:
                size = reader.u32le()
                yield Property(number, kind, reader.view(size))
                reader.skip(-size % 4)
                if not reader.remaining:
                    break
            elif kind in _FIXED:
                reader.take(_FIXED[kind])
            else:
                raise Corrupt(f"a property of the unknown type {kind:#x}")


def _skip_name(reader: Reader) -> None:
    reader.take(_GUID_SIZE)
    if reader.u32le() == _NAME_IS_TEXT:
        size = reader.u32le()
        reader.skip(size + -size % 4)
    else:
        reader.take(4)
