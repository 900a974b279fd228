"""Macros of Word 6 and Word 95.

Layout: the FIB at the start of ``WordDocument`` has at 0x118 place and size of the customisations:
FF, then tables of a kind, a count and entries, the macros first. A macro's entry has a key, which
its bytes are XORed with, its size and its place.
Spec: for the tables of Word 97, which are similar, MS-DOC 2.9.315 and 2.9.142; the key is not
published.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGICS: Final = frozenset({0xA5DC, 0xA5EC, 0xA697, 0xA699})
_FIRST: Final = struct.Struct("<HH")
_WORD_97: Final = 193
_PLACE: Final = struct.Struct("<II")
_PLACE_AT: Final = 0x118
_VERSION: Final = 0xFF
_TABLE: Final = struct.Struct("<BH")
_MACROS: Final = 0x01
_ENTRY_SIZES: Final = {_MACROS: 24, 0x02: 4, 0x03: 14, 0x04: 14}
_ENTRY: Final = struct.Struct("<xB10xI4xI")
_LARGEST: Final = 1 << 20


def macros(stream: Fmap, budget: Budget) -> Iterator[bytes]:
    """The macros of a document, decrypted; none where it is a newer one."""
    head = stream.read(0, _PLACE_AT + _PLACE.size)
    if len(head) < _PLACE_AT + _PLACE.size:
        return
    magic, version = _FIRST.unpack_from(head)
    if magic not in _MAGICS or version >= _WORD_97:
        return
    place, size = _PLACE.unpack_from(head, _PLACE_AT)
    tables = stream.read(place, min(size, _LARGEST))
    at = 1 if tables[:1] == bytes([_VERSION]) else 0
    while at + _TABLE.size <= len(tables):
        budget.check_time()
        kind, count = _TABLE.unpack_from(tables, at)
        at += _TABLE.size
        width = _ENTRY_SIZES.get(kind)
        if width is None:
            return
        entries = tables[at : at + count * width]
        at += count * width
        if kind == _MACROS:
            for number in range(len(entries) // width):
                key, length, start = _ENTRY.unpack_from(entries, number * width)
                yield _decrypted(stream.read(start, min(length, _LARGEST)), key)


def _decrypted(data: bytes, key: int) -> bytes:
    return data.translate(bytes(byte ^ key for byte in range(256)))
