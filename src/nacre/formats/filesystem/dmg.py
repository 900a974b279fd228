"""Apple disk images (.dmg, UDIF).

Layout: the data of all partitions in chunks, a property list, and 512 bytes at the very end that
say where both are. In the list, ``blkx`` holds a table per partition: method, place in the
partition and place in the data of each chunk.
Spec: none was published; this follows what is known of UDIF. Yields the property list and one Child
per partition. Methods: zeros, stored, ADC, zlib, bzip2, LZFSE, LZMA (xz). Checksums are not
compared. More than ClamAV: LZFSE, LZMA, partitions with a damaged chunk (zeros take its place).
Does not open encrypted images, split ones, nor those of old that have no property list.
"""

from __future__ import annotations

import binascii
import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import apple, bzip2, xz, zlib
from nacre.formats.base import label, refusal, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers import xml
from nacre.parsers.extents import append, append_zeros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_TRAILER_SIZE: Final = 512
_TRAILER: Final = struct.Struct(">4s20xQQ20xI152x2Q")
_MAGIC: Final = b"koly"
_TABLE: Final = struct.Struct(">4s12xQ176xI")
_TABLE_MAGIC: Final = b"mish"
_CHUNK: Final = struct.Struct(">I4x4Q")
_SECTOR: Final = 512
_IN_MEMORY: Final = 8 << 20
_PIECE: Final = 64 << 10
_LARGEST_LIST: Final = 32 << 20
_DEEPEST: Final = 64

_ZEROS: Final = frozenset({0x0000_0000, 0x0000_0002})
_STORED: Final = 0x0000_0001
_COMMENT: Final = 0x7FFF_FFFE
_LAST: Final = 0xFFFF_FFFF


class _Table(NamedTuple):
    """A partition: its name and the table of its chunks."""

    name: bytes
    raw: bytes


class _Chunk(NamedTuple):
    method: int
    sector: int
    sectors: int
    offset: int
    length: int


class DmgHandler:
    """Opens Apple disk images."""

    TYPES: ClassVar = frozenset({FileType.DMG})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the property list and the partitions."""
        end = len(data) - _TRAILER_SIZE
        raw = data.read(max(0, end), _TRAILER.size)
        if end < 0 or not raw.startswith(_MAGIC):
            raise Corrupt("no trailer of a disk image")
        _, fork_at, fork_size, segments, list_at, list_size = _TRAILER.unpack(raw)
        if segments > 1:
            yield Problem(f"one of {segments} segments, the others are missing")
        listing = data.slice(list_at, min(list_size, _LARGEST_LIST))
        if not len(listing):
            raise Corrupt("no property list")
        yield from stored_member(listing, b"", len(listing), budget)
        fork = data.slice(fork_at, fork_size or len(data))
        for number, table in enumerate(_tables(listing, budget)):
            budget.check_child(0)
            if 0 < budget.limits.max_partitions <= number:
                yield Problem(f"more than {number} partitions", "MaxPartitions")
                return
            yield from _partition(fork, table, budget)


def _partition(fork: Fmap, table: _Table, budget: Budget) -> Iterator[Event]:
    name = label(table.name)
    if len(table.raw) < _TABLE.size or not table.raw.startswith(_TABLE_MAGIC):
        yield Problem(f"{name}: no table of chunks")
        return
    _, sectors, _count = _TABLE.unpack_from(table.raw)
    size = sectors * _SECTOR
    refused = refusal(size, table.name, budget)
    if refused:
        yield refused
        return
    spool = Spool(budget.directory, _IN_MEMORY)
    packed = faults = 0
    for chunk in _chunks(table.raw):
        budget.check_time()
        start, end = (
            min(at * _SECTOR, size) for at in (chunk.sector, chunk.sector + chunk.sectors)
        )
        if start < len(spool):
            faults += end > start
            continue
        append_zeros(spool, start - len(spool), budget)
        packed += chunk.length
        append(spool, _content(fork, chunk, end - start, budget), budget)
        faults += len(spool) < end and chunk.method not in _ZEROS
        append_zeros(spool, end - len(spool), budget)
    content = spool.finish()
    if faults:
        yield Problem(f"{name}: {faults} chunks are damaged or of unknown methods")
    elif len(content) < size:
        yield Problem(f"{name}: {size} bytes promised, {len(content)} present")
    yield from stored_member(content, table.name, packed, budget, FileType.PART_ANY)


def _chunks(raw: bytes) -> Iterator[_Chunk]:
    """The chunks up to the one that ends the table; comments are left out."""
    for at in range(_TABLE.size, len(raw) - _CHUNK.size + 1, _CHUNK.size):
        chunk = _Chunk(*_CHUNK.unpack_from(raw, at))
        if chunk.method == _LAST:
            return
        if chunk.method != _COMMENT:
            yield chunk


def _content(fork: Fmap, chunk: _Chunk, size: int, budget: Budget) -> Fmap:
    """A chunk's content, at most `size` bytes; less when it is damaged, none for zeros."""
    body = fork.slice(chunk.offset, chunk.length)
    if chunk.method == _STORED:
        return body.slice(0, size)
    decoded = _decode(chunk.method, body, size, budget)
    return decoded.data if decoded else body.slice(0, 0)


def _decode(method: int, body: Fmap, size: int, budget: Budget) -> Decoded | None:
    match method:
        case 0x8000_0004:
            return apple.adc(body, budget, size, max_output=size)
        case 0x8000_0005:
            return zlib.decode(body, budget, max_output=size)
        case 0x8000_0006:
            return bzip2.decode(body, budget, max_output=size)
        case 0x8000_0007:
            return apple.lzfse(body, budget, size, max_output=size)
        case 0x8000_0008:
            return xz.decode(body, budget, max_output=size)
        case _:
            return None


def _tables(listing: Fmap, budget: Budget) -> Iterator[_Table]:
    """The tables of the property list.

    Raises:
        Corrupt: the list is damaged; the tables before that were yielded.
    """
    parser = _List(listing)
    for at in range(0, len(listing), _PIECE):
        budget.check_time()
        fault = parser.feed(listing.read(at, _PIECE))
        yield from parser.take()
        if fault:
            raise Corrupt(f"property list: {fault}")


class _List:
    """The property list, of which only the entries of ``blkx`` count."""

    def __init__(self, text: Fmap) -> None:
        self._parser = xml.parser(text)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._depth = 0
        self._inside = 0
        """Depth of the array of tables; 0 outside."""
        self._key = ""
        self._value: list[str] = []
        self._name = b""
        self._raw = b""
        self._found: list[_Table] = []

    def feed(self, piece: bytes) -> str:
        """Read on; answers what is wrong, if anything."""
        try:
            self._parser.Parse(piece)
        except (xml.ExpatError, Corrupt) as error:
            return str(error)
        return ""

    def take(self) -> list[_Table]:
        """The tables found since the last call."""
        found, self._found = self._found, []
        return found

    def _start(self, element: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Corrupt("nested too deeply")
        self._value.clear()
        if element == "array" and self._key == "blkx" and not self._inside:
            self._inside = self._depth

    def _text(self, text: str) -> None:
        self._value.append(text)

    def _end(self, element: str) -> None:
        if element == "key":
            self._key = "".join(self._value).strip()
        elif self._inside:
            self._field(element)
        if element == "array" and self._depth == self._inside:
            self._inside = 0
        self._depth -= 1

    def _field(self, element: str) -> None:
        if element == "string" and self._key in {"Name", "CFName"}:
            self._name = "".join(self._value).encode()
        elif element == "data" and self._key == "Data":
            try:
                self._raw = binascii.a2b_base64("".join(self._value).encode())
            except binascii.Error:
                self._raw = b""
        elif element == "dict":
            self._found.append(_Table(self._name, self._raw))
            self._name = self._raw = b""
