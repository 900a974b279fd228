"""Files that are compressed on an ISO 9660 image (zisofs), by mkzftree, genisoimage and xorriso.

Layout, little-endian: a magic, the size, that of the header in fours, the power of two that a block
is large, where each block begins and the last one ends; the blocks, zlib each, none of zeros.
Spec: doc/zisofs_format.txt of libburnia. Yields one Child. Linux reads such files as they were;
ClamAV does not open them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import zlib
from nacre.formats.base import refusal, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.extents import Extent, assemble, filled
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<8sIBB2x")
_BLOCK_BITS: Final = range(12, 25)
_PLACE: Final = 4


class ZisofsHandler:
    """Unpacks files of zisofs."""

    TYPES: ClassVar = frozenset({FileType.ZISOFS})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        _, size, header, bits = Reader(data).unpack(_HEADER)
        if bits not in _BLOCK_BITS:
            raise Corrupt(f"blocks of 2^{bits} bytes")
        refused = refusal(size, b"", budget)
        if refused:
            yield refused
            return
        blocks = _Blocks(data, header * 4, bits, size, budget)
        content, _ = assemble(data, blocks.pieces(), size, budget)
        yield from stored_member(content, b"", len(data), budget)
        if blocks.damaged:
            yield Problem(f"{blocks.damaged} blocks are damaged or missing")


class _Blocks:
    """The blocks of a file."""

    def __init__(self, data: Fmap, table: int, bits: int, size: int, budget: Budget) -> None:
        self._data = data
        self._table = table
        self._bits = bits
        self._size = size
        self._budget = budget
        self.damaged = 0

    def pieces(self) -> Iterator[Extent | Fmap]:
        """What each is, decoded."""
        for start in range(0, self._size, 1 << self._bits):
            number = start >> self._bits
            size = min(1 << self._bits, self._size - start)
            at, end = self._place(number), self._place(number + 1)
            if not end:
                self.damaged += 1
                return
            if at == end:
                yield Extent(-1, size)
                continue
            packed = self._data.slice(at, max(0, end - at))
            decoded = zlib.decode(packed, self._budget, max_output=size)
            self.damaged += len(decoded.data) < size
            yield from filled(decoded.data, size)

    def _place(self, number: int) -> int:
        """Where a block begins; 0 where the table is cut."""
        raw = self._data.read(self._table + number * _PLACE, _PLACE)
        return int.from_bytes(raw, "little") if len(raw) == _PLACE else 0
