"""Installers of NSIS (Nullsoft Scriptable Install System), from their first header on.

Layout: flags, a magic, the size of the script and the size of all; then pieces, each with its size:
the script and the files, which it names. Either all of it is one compressed stream (solid), or each
piece is compressed by itself, or stored. The method is not said: the streams show it. Deflate,
bzip2 and LZMA, LZMA behind a filter for x86 code too. Source: the headers of NSIS (``fileform.h``)
and what makensis 3.08 writes. Yields the script as the first Child and one Child per piece.

Unlike ClamAV 1.4.6, this opens solid installers of zlib as makensis writes them today.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import branch, deflate, lzma, nsis
from nacre.formats.base import REASONS, begins_later, few_problems, label, partial_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.nsis import names
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"\xef\xbe\xad\xdeNullsoftInst"
_HEADER: Final = struct.Struct("<I16s2I")
_NO_CHECKSUM: Final = 4
_CHECKSUM_SIZE: Final = 4
_SIZE: Final = 4
_PACKED: Final = 1 << 31
_SCRIPT: Final = b"headers"

_HEAD: Final = 8
_UNFILTERED: Final = b"\0"
_FILTERED: Final = b"\1"
_PROPERTIES_SIZE: Final = 5
_UNKNOWN_SIZE: Final = (1 << 64) - 1
"""A mark in the stream says where it ends."""
_BZIP2: Final = 0x31
_BZIP2_PLACES: Final = 14
"""The first byte of a place below 900,000."""


class NsisHandler:
    """Unpacks installers of NSIS."""

    TYPES: ClassVar = frozenset({FileType.NULSFT})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the script and the files."""
        reader = Reader(data)
        flags, magic, script_size, size = _first(reader)
        if magic != _MAGIC:
            if begins_later(data, _MAGIC):
                return
            raise Corrupt("no header of NSIS")
        if size > len(data):
            yield Problem(f"{size} bytes promised, {len(data)} present")
        end = size - (0 if flags & _NO_CHECKSUM else _CHECKSUM_SIZE)
        if end < reader.position:
            yield Problem(f"{size} bytes promised, less than the header has")
            end = len(data)
        pieces = Reader(data, reader.position, end)
        if _is_in_pieces(pieces.peek(_HEAD), script_size):
            events = _pieces(pieces, budget)
        else:
            events = _solid(pieces.view(pieces.remaining), budget)
        yield from few_problems(events)


def _first(reader: Reader) -> tuple[int, bytes, int, int]:
    flags, magic, script_size, size = _HEADER.unpack(reader.take(_HEADER.size))
    return flags, magic, script_size, size


def _is_in_pieces(head: bytes, script_size: int) -> bool:
    """Whether the script comes first with its size, stored or with a mark and compressed."""
    if _is_lzma(head):  # a dictionary of 8 MiB looks like that mark
        return False
    size = int.from_bytes(head[:_SIZE], "little")
    return size == script_size or _PACKED <= size < _PACKED + (1 << 24)


def _is_lzma(head: bytes) -> bool:
    """Whether the usual properties, a dictionary and a stream, which begins with 0, come here."""
    return head[:3] == b"\x5d\0\0" and head[5:6] == b"\0"


def _decode(packed: Fmap, budget: Budget, most: int) -> Decoded:
    head = packed.read(0, _HEAD)
    if _is_lzma(head):
        return _decode_lzma(packed, budget, most)
    if head[:1] in (_UNFILTERED, _FILTERED) and _is_lzma(head[1:]):
        decoded = _decode_lzma(packed.slice(1, len(packed)), budget, most)
        if head[:1] == _UNFILTERED or decoded.status != "done":
            return decoded
        return branch.decode("x86", decoded.data, budget, b"", max_output=most)
    if len(head) > 1 and head[0] == _BZIP2 and head[1] < _BZIP2_PLACES:
        return nsis.decode(packed, budget, max_output=most)
    return deflate.decode(packed, budget, max_output=most)


def _decode_lzma(packed: Fmap, budget: Budget, most: int) -> Decoded:
    properties = packed.read(0, _PROPERTIES_SIZE)
    stream = packed.slice(_PROPERTIES_SIZE, len(packed))
    return lzma.decode_raw(stream, budget, _UNKNOWN_SIZE, properties, max_output=most)


def _solid(packed: Fmap, budget: Budget) -> Iterator[Event]:
    """The pieces of one stream that is all."""
    decoded = _decode(packed, budget, budget.shared_allowance())
    yield from _pieces(Reader(decoded.data), budget)
    if decoded.status == "limit":
        budget.waste(len(decoded.data))
        yield Problem("more than MaxScanSize leaves", "MaxScanSize")
    elif decoded.status != "done":
        yield Problem(f"{REASONS[decoded.status]} after {len(decoded.data)} bytes of content")


def _pieces(reader: Reader, budget: Budget) -> Iterator[Event]:
    """Piece after piece, the first of which names the others."""
    named: dict[int, bytes] = {}
    start = 0
    while reader.remaining >= _SIZE:
        budget.check_time()
        name = named.get(reader.position - start, b"") if start else _SCRIPT
        size = reader.u32le()
        packed, size = bool(size & _PACKED), size & ~_PACKED
        if size > reader.remaining:
            yield Problem(f"{label(name)}: {size} bytes promised, {reader.remaining} present")
        content, status = reader.view(size), "done"
        if packed:
            decoded = _decode(content, budget, budget.allowance())
            content, status = decoded.data, decoded.status
        if not start:
            start = reader.position
            named = names(content, budget)
        yield from partial_member(content, status, name, size, budget)
