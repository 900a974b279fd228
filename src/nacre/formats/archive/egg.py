"""EGG archives (.egg) of ALZip, also behind a self-extractor.

Layout: an archive header, then per member a file header, fields about it (name, comment,
encryption …), and the blocks that hold its data piece by piece; each list of fields has an end
mark. In a solid archive all blocks are one stream that the members share.
Spec: ESTsoft, "EGG Specification" 1.0. Yields the comments and one Member and one Child per
member. Methods: stored, deflate, bzip2, LZMA.
Members encrypted or packed with AZO, of which no description is public, are reported.
More than ClamAV: LZMA, solid archives, comments of members, members behind an encrypted one. Does
not join volumes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import bzip2, deflate, lzma
from nacre.codecs.checksum import Checksum
from nacre.formats.base import REASONS, label, stored_member
from nacre.model.errors import Corrupt, FormatError, Truncated
from nacre.model.event import Event, Finding, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers.extents import append
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_EGG: Final = 0x41474745
_FILE: Final = 0x0A8590E3
_BLOCK: Final = 0x02B50C13
_NAME: Final = 0x0A8591AC
_COMMENT: Final = 0x04C63672
_ENCRYPTION: Final = 0x08D1470F
_SOLID: Final = 0x24E5A060
_SPLIT: Final = 0x24F5A262
_MARKS: Final = frozenset({_ENCRYPTION, _SOLID, _SPLIT})
_SKIPPED: Final = 0xFFFF0000
_OTHERS: Final = frozenset({0x2C86950B, 0x1EE922E5, 0x07463307, _SKIPPED})
"""Attributes of Windows and Unix, dummies, padding."""
_END: Final = 0x08E28222
_MAGIC: Final = struct.Struct("<I")
_HEADER: Final = struct.Struct("<HII")
_FILE_HEADER: Final = struct.Struct("<IQ")
_BLOCK_HEADER: Final = struct.Struct("<BBIII")
_WIDE_SIZE: Final = 1 << 0
_NAME_CODED: Final = 1 << 3
_NAME_RELATIVE: Final = 1 << 4
_CODE_SIZE: Final = 2
_PARENT_SIZE: Final = 4
_LONGEST_NAME: Final = 4096
_IN_MEMORY: Final = 8 << 20

_STORED: Final = 0
_METHOD_NAMES: Final = {3: "AZO"}
_ZIP_PROPERTIES: Final = b"\x05\x00"


class _Comment(NamedTuple):
    text: Fmap


class _Mark(NamedTuple):
    """A field that is only a flag."""

    kind: int


class _Name(NamedTuple):
    name: bytes


class _File(NamedTuple):
    """The start of a member."""

    size: int


class _Block(NamedTuple):
    method: int
    size: int
    packed: int
    checksum: Checksum
    body: Fmap


_Part = _Comment | _Mark | _Name | _File | _Block


class EggHandler:
    """Unpacks EGG archives."""

    TYPES: ClassVar = frozenset({FileType.EGG, FileType.EGGSFX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield comments and members."""
        reader = Reader(data)
        if reader.unpack(_MAGIC)[0] != _EGG:
            raise Corrupt("not an EGG archive")
        reader.take(_HEADER.size)
        walk = _Walk(budget)
        try:
            for part in _parts(reader, budget):
                yield from walk.take(part)
        except FormatError:
            yield from walk.finish()
            raise
        yield from walk.finish()


def _parts(reader: Reader, budget: Budget) -> Iterator[_Part]:
    """What the archive consists of. Two end marks in a row end it, as do other bytes."""
    ended = False
    while reader.remaining:
        budget.check_time()
        magic = reader.unpack(_MAGIC)[0]
        if magic == _END:
            if ended:
                return
            ended = True
            continue
        if magic == _FILE:
            yield _File(_FILE_HEADER.unpack(reader.take(_FILE_HEADER.size))[1])
        elif magic == _BLOCK:
            yield _block(reader, budget)
        else:
            yield from _field(magic, reader)
        # A block's own end mark is in front of its data.
        ended = magic == _BLOCK


def _block(reader: Reader, budget: Budget) -> _Block:
    method, _hint, size, packed, crc = _BLOCK_HEADER.unpack(reader.take(_BLOCK_HEADER.size))
    while (magic := reader.unpack(_MAGIC)[0]) != _END:
        budget.check_time()
        list(_field(magic, reader))
    return _Block(method, size, packed, Checksum("crc32", crc), reader.view(packed))


def _field(magic: int, reader: Reader) -> Iterator[_Part]:
    flags = reader.u8()
    size = reader.u32le() if flags & _WIDE_SIZE else reader.u16le()
    start = reader.position
    body = reader.view(size)
    if len(body) < size:
        raise Truncated(f"a field of {size} bytes at {start}, {len(body)} present")
    if magic == _NAME:
        before = _CODE_SIZE * bool(flags & _NAME_CODED) + _PARENT_SIZE * bool(
            flags & _NAME_RELATIVE
        )
        yield _Name(body.read(before, _LONGEST_NAME))
    elif magic == _COMMENT:
        yield _Comment(body)
    elif magic in _MARKS or magic not in _OTHERS:
        yield _Mark(magic)


class _Walk:
    """Puts the parts of an archive together."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._position = 0
        self._solid = False
        self._encrypted = False
        self._strange = False
        self._inside = False
        """Whether a member has begun."""
        self._name = b""
        self._size = 0
        self._locked = False
        self._blocks: list[_Block] = []
        self._sharing: list[tuple[bytes, int]] = []

    def take(self, part: _Part) -> Iterator[Event]:
        """Go on with the next part."""
        match part:
            case _Comment(text):
                yield from stored_member(text, b"comment", len(text), self._budget)
            case _Mark(kind) if kind == _SOLID:
                self._solid = True
            case _Mark(kind) if kind == _SPLIT:
                yield Problem("a volume of a split archive, the others are missing")
            case _Mark(kind) if kind == _ENCRYPTION:
                self._locked = self._encrypted = True
            case _Mark(kind):
                if not self._strange:
                    yield Problem(f"a field of unknown kind {kind:08x} is skipped")
                self._strange = True
            case _Name(name):
                self._name = name
            case _File(size):
                yield from self._end_member()
                self._inside, self._name, self._size = True, b"", size
            case _Block():
                self._blocks.append(part)

    def finish(self) -> Iterator[Event]:
        """End the last member, and the archive."""
        yield from self._end_member()
        if self._solid and self._blocks:
            yield from self._shared()
        if self._encrypted:
            yield Finding("Heuristics.Encrypted.EGG", "alert_encrypted_archive")

    def _end_member(self) -> Iterator[Event]:
        if not self._inside:
            return
        self._inside = False
        self._position += 1
        packed = sum(block.packed for block in self._blocks)
        yield Member(self._name, packed, self._size, self._position, self._locked)
        if self._solid:
            self._sharing.append((self._name, self._size))
            return
        if self._locked:
            yield Problem(f"{label(self._name)}: encrypted")
            self._locked = False
            self._blocks.clear()
            return
        content, fault = self._unpack()
        yield from stored_member(content, self._name, packed, self._budget)
        if fault:
            yield Problem(f"{label(self._name)}: {fault} after {len(content)} bytes")

    def _shared(self) -> Iterator[Event]:
        """The members of a solid archive, one after the other in its one stream."""
        if self._locked:
            yield Problem("encrypted members of a solid archive")
            return
        content, fault = self._unpack()
        if fault:
            yield Problem(f"{fault} after {len(content)} bytes")
        reader = Reader(content)
        for name, size in [*self._sharing, (b"", len(content))]:
            self._budget.check_time()
            piece = reader.view(size)
            if len(piece) < size and name:
                yield Problem(f"{label(name)}: {size} bytes promised, {len(piece)} present")
            yield from stored_member(piece, name, len(piece), self._budget)

    def _unpack(self) -> tuple[Fmap, str]:
        """What the blocks hold together, and what went wrong."""
        blocks, self._blocks = self._blocks, []
        self._budget.check_child(0)
        most = self._budget.allowance() + 1  # one byte more shows that there is more
        spool = Spool(self._budget.directory, _IN_MEMORY)
        fault = ""
        for block in blocks:
            piece, fault = _unpack(block, most - len(spool), self._budget)
            append(spool, piece, self._budget)
            if fault or len(spool) >= most:
                break
        return spool.finish(), fault


def _unpack(block: _Block, most: int, budget: Budget) -> tuple[Fmap, str]:
    """A block's content, and what went wrong with it."""
    if block.method == _STORED:
        fault = "" if len(block.body) == block.packed else REASONS["truncated"]
        return block.body.slice(0, most), fault or _compared(block, block.body, most)
    decoded = _decode(block, most, budget)
    if decoded is None:
        name = _METHOD_NAMES.get(block.method, "unknown")
        return block.body.slice(0, 0), f"method {block.method} ({name}) is not decoded,"
    return decoded.data, REASONS.get(decoded.status, "") or _compared(block, decoded.data, most)


def _compared(block: _Block, content: Fmap, most: int) -> str:
    whole = len(content) == block.size <= most
    return REASONS["checksum"] if whole and not block.checksum.fits(content) else ""


def _decode(block: _Block, most: int, budget: Budget) -> Decoded | None:
    match block.method:
        case 1:
            return deflate.decode(block.body, budget, max_output=most)
        case 2:
            return bzip2.decode(block.body, budget, max_output=most)
        case 4 if block.body.read(2, 2) == _ZIP_PROPERTIES:
            return lzma.decode_zip(block.body, budget, block.size, max_output=most)
        case 4:
            return lzma.decode(block.body, budget, max_output=most)
        case _:
            return None
