"""Files of COMPRESS.EXE's other form (``SETUP.EX_``), of MS-DOS 6 and later.

Layout: a magic of 8 bytes, a method, where the data begin, flags for optional fields: size of the
content, name, extension, text. Methods: stored, all bits turned, LZSS, LZ77 with Huffman codes,
MSZIP.
Source: the format as libmspack's documentation describes it. Yields one Child.
ClamAV does not open these.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import kwaj, mszip
from nacre.codecs.base import piece
from nacre.formats.base import only_child, stored_member
from nacre.model.errors import Corrupt, Unsupported
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget

_MAGIC: Final = b"KWAJ\x88\xf0\x27\xd1"
_FIELDS: Final = struct.Struct("<3H")
_HAS_SIZE: Final = 1
_STORED, _TURNED, _LZSS, _LZH, _MSZIP = range(5)
_TURN: Final = bytes(byte ^ 0xFF for byte in range(256))
_COPY: Final = 1 << 20
_IN_MEMORY: Final = 8 << 20
_LARGEST_BLOCK: Final = 32 << 10


class KwajHandler:
    """Unpacks KWAJ files."""

    TYPES: ClassVar = frozenset({FileType.KWAJ})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        reader = Reader(data)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise Corrupt("not a KWAJ file")
        method, start, flags = reader.unpack(_FIELDS)
        size = reader.u32le() if flags & _HAS_SIZE else 0
        reader.seek(start)
        packed = reader.view(reader.remaining)
        if method in (_STORED, _TURNED):
            content = packed if method == _STORED else _turned(packed, budget)
            yield from stored_member(content, b"", len(packed), budget)
        else:
            decoded = _decode(method, packed, budget)
            yield from only_child(decoded, budget)
            if decoded.status != "done":
                return  # and that was told
            content = decoded.data
        if len(content) < size:
            yield Problem(f"{len(content)} of {size} bytes present")


def _decode(method: int, packed: Fmap, budget: Budget) -> Decoded:
    if method == _MSZIP:
        return mszip.decode(_blocks(packed, budget), budget)
    if method not in (_LZSS, _LZH):
        raise Unsupported(f"method {method} is not decoded")
    return kwaj.decode(packed, budget, "kwaj" if method == _LZSS else "lzh")


def _turned(packed: Fmap, budget: Budget) -> Fmap:
    spool = Spool(budget.directory, _IN_MEMORY)
    for at in range(0, min(len(packed), budget.allowance() + 1), _COPY):
        budget.check_time()
        spool.write(packed.read(at, _COPY).translate(_TURN))
    return spool.finish()


def _blocks(packed: Fmap, budget: Budget) -> Fmap:
    """MSZIP blocks, each behind its size, as pieces; a size of 0 ends them."""
    reader = Reader(packed)
    spool = Spool(budget.directory, _IN_MEMORY)
    while reader.remaining > 1:
        budget.check_time()
        size = reader.u16le()
        if not size:
            break
        block = reader.peek(size)
        reader.skip(size)
        spool.write(piece(block, 0))
    return spool.finish()
