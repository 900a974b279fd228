"""Setup programs of InstallShield for MSI, from the magic behind the program on.

Layout: ``InstallShield``, a number of files; each file a header of 312 bytes (name, flags, size)
and data: a zlib stream whose bytes have their halves swapped and the name, itself disguised, laid
over them, anew for each 1024 bytes. Source: the files themselves, and what others found out about
the format (ISx). Yields one Child per file, no Member, as in ClamAV.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import zlib
from nacre.formats.base import begins_later, few_problems, label, partial_member, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"InstallShield\0"
_HEADER: Final = struct.Struct("<14xH30x")
_FILE: Final = struct.Struct("<260xI4xI40x")
_NAME_SIZE: Final = 260
_DISGUISED: Final = 2
_IN_BLOCKS: Final = 4
_BLOCK: Final = 1024
_PIECE: Final = 64
"""How many blocks, or names, are revealed at once."""
_IN_MEMORY: Final = 8 << 20
_LAID_OVER_NAME: Final = b"\xec\xca\x79\xf8"
_SWAPPED: Final = bytes(byte >> 4 | byte << 4 & 0xF0 for byte in range(256))


class InstallshieldHandler:
    """Unpacks the files behind setup programs of InstallShield."""

    TYPES: ClassVar = frozenset({FileType.ISHIELD_MSI})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        reader = Reader(data)
        if reader.peek(len(_MAGIC)) != _MAGIC:
            if begins_later(data, _MAGIC):
                return
            raise Corrupt("no header of InstallShield")
        (count,) = reader.unpack(_HEADER)
        yield from few_problems(_files(reader, count, budget))


def _files(reader: Reader, count: int, budget: Budget) -> Iterator[Event]:
    for number in range(count):
        budget.check_time()
        if reader.remaining < _FILE.size:
            yield Problem(f"{number} of {count} files present")
            return
        name = reader.peek(_NAME_SIZE).split(b"\0", 1)[0]
        flags, size = reader.unpack(_FILE)
        if size > reader.remaining:
            yield Problem(f"{label(name)}: {size} bytes promised, {reader.remaining} present")
        packed = reader.view(size)
        if flags & (_DISGUISED | _IN_BLOCKS) and name:
            packed = _reveal(packed, name, budget, in_blocks=bool(flags & _IN_BLOCKS))
        yield from _file(packed, name, size, budget)


def _reveal(packed: Fmap, name: bytes, budget: Budget, *, in_blocks: bool) -> Fmap:
    key = bytes(
        byte ^ _LAID_OVER_NAME[index % len(_LAID_OVER_NAME)] for index, byte in enumerate(name)
    )
    if in_blocks:
        key = (key * (_BLOCK // len(key) + 1))[:_BLOCK]
    key *= _PIECE
    spool = Spool(budget.directory, _IN_MEMORY)
    for at in range(0, len(packed), len(key)):
        budget.check_time()
        piece = packed.read(at, len(key)).translate(_SWAPPED)
        laid_over = int.from_bytes(piece, "little") ^ int.from_bytes(key[: len(piece)], "little")
        spool.write(laid_over.to_bytes(len(piece), "little"))
    return spool.finish()


def _file(content: Fmap, name: bytes, size: int, budget: Budget) -> Iterator[Event]:
    if not _is_zlib(content.read(0, 2)):
        yield from stored_member(content, name, size, budget)
        return
    decoded = zlib.decode(content, budget)
    yield from partial_member(decoded.data, decoded.status, name, size, budget)


def _is_zlib(head: bytes) -> bool:
    """RFC 1950: deflate, and a header that divides by 31."""
    return len(head) > 1 and head[0] & 0xF == 8 and not int.from_bytes(head, "big") % 31  # noqa: PLR2004
