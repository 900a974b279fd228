"""Compound files: the file system inside OLE2 documents, MSI packages and Outlook messages.

Layout: a header of 512 bytes, then sectors (512 bytes; 4096 in version 4). The FAT gives each
sector its follower; which sectors hold the FAT stands in the header and, for large files, in a
chain of DIFAT sectors. Streams below the cutoff live in 64-byte sectors of the mini stream, which
have a FAT of their own. The directory is a chain of 128-byte entries; those of a storage are a
binary tree.
Spec: MS-CFB.

Nothing is believed about the tables: a chain ends where it comes back and goes on with the next
sector where it leads out of the file, streams keep what was there, and entries that no storage
reaches are found all the same. Colours and order of the tree do not matter here.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt, Truncated
from nacre.model.fmap import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

MAGIC: Final = bytes.fromhex("d0cf11e0a1b11ae1")
STORAGE: Final = 1
STREAM: Final = 2
ROOT: Final = 5

_HEADER: Final = struct.Struct("<8s16x4x2xHH6xIIIIIIIII")
_HEADER_SIZE: Final = 512
_DIFAT_AT: Final = 76
_DIFAT_COUNT: Final = 109
_SHIFTS: Final = range(7, 17)
_USUAL_SHIFT: Final = 9
_USUAL_SHIFTS: Final = (9, 12)
_CUTOFF: Final = 4096
"""What the header must say (MS-CFB 2.2); readers do not agree whether it is asked."""
_USUAL_MINI_SHIFT: Final = 6
_END: Final = 0xFFFFFFFE
_FREE: Final = 0xFFFFFFFF
_ENTRY: Final = struct.Struct("<64sHBxIII16s20xIQ")
_NAME_BYTES: Final = 62
_PACKED: Final = 0x3800
_SINGLE: Final = 0x4800
_TABLE: Final = 0x4840
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_MEMORY: Final = 8 << 20
_PIECE: Final = 1 << 20


class Entry(NamedTuple):  # a tuple, because one is made per entry of every directory
    """A stream or a storage."""

    path: tuple[str, ...]
    """Names from the root's children down."""
    kind: int
    clsid: bytes
    start: int
    size: int
    number: int
    """Its place in the directory."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1] if self.path else ""


class _Record(NamedTuple):
    """A directory entry as it stands."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    clsid: bytes
    start: int
    size: int


class CompoundFile:
    """Reads a compound file.

    Raises:
        Corrupt: it has no header of one.
        Truncated: it ends inside its header.
    """

    def __init__(self, data: Fmap, budget: Budget) -> None:
        header = data.read(0, _HEADER_SIZE)
        if header[: len(MAGIC)] != MAGIC:
            raise Corrupt("not a compound file")
        if len(header) < _HEADER_SIZE:
            raise Truncated("the header of the compound file is cut")
        _, shift, mini_shift, _, _, directory, _, cutoff, mini, _, difat, _ = _HEADER.unpack_from(
            header
        )
        self._data = data
        self._budget = budget
        self._shift = shift if shift in _SHIFTS else _USUAL_SHIFT
        self._mini_shift = mini_shift if mini_shift < self._shift else _USUAL_MINI_SHIFT
        self._cutoff = cutoff
        self._sectors = max(0, -(-(len(data) - (1 << self._shift)) >> self._shift))
        self.damaged = shift not in _USUAL_SHIFTS or cutoff != _CUTOFF
        """Whether the header is odd, or a chain ended early, came back or led out of the file."""
        self._fat = self._read_fat(
            struct.unpack_from(f"<{_DIFAT_COUNT}I", header, _DIFAT_AT), difat
        )
        self._directory = self._join(self._runs(directory, self._sectors))
        self._count = len(self._directory) // _ENTRY.size
        if not self._count:
            raise Corrupt("the compound file has no directory")
        self._mini_start = mini
        self._mini: tuple[array[int], Fmap] | None = None
        self._mini_is_whole = False

    def entries(self) -> Iterator[Entry]:
        """All streams and storages below the root, then the streams that no storage reaches."""
        seen = {0}
        stack: list[tuple[int, tuple[str, ...]]] = [(self._record(0).child, ())]
        while stack:
            number, path = stack.pop()
            if number >= self._count:
                self.damaged |= number != _FREE
                continue
            if number in seen:
                continue
            seen.add(number)
            self._budget.check_time()
            record = self._record(number)
            stack += [(record.right, path), (record.left, path)]
            if record.kind in (STORAGE, STREAM, ROOT):
                own = (*path, record.name)
                yield self._entry(number, record, own)
                if record.kind != STREAM:
                    stack.append((record.child, own))
        for number in range(self._count):
            if number not in seen:
                record = self._record(number)
                if record.kind == STREAM:
                    yield self._entry(number, record, (record.name,))

    def holds(self, offset: int) -> bool:
        """Whether a place of the file is in a sector that the FAT says is used."""
        sector = (offset >> self._shift) - 1
        return 0 <= sector < len(self._fat) and self._fat[sector] != _FREE

    def root(self) -> Entry:
        """The root storage."""
        return self._entry(0, self._record(0), ())

    def content(self, entry: Entry) -> Fmap:
        """The bytes of a stream, fewer than its size where its chain ends early."""
        if not entry.size:
            return self._data.slice(0, 0)
        content = self._content(entry, small=entry.size < self._cutoff)
        if len(content) < entry.size:
            self.damaged = True
        return content.slice(0, entry.size)

    def other_content(self, entry: Entry) -> Fmap | None:
        """The same to readers that do not ask the header which streams are small, if it differs."""
        small = entry.size < _CUTOFF
        if not entry.size or small == (entry.size < self._cutoff):
            return None
        return self._content(entry, small=small).slice(0, entry.size)

    def _content(self, entry: Entry, *, small: bool) -> Fmap:
        if small:
            return self._mini_content(entry)
        count = -(-entry.size >> self._shift)
        return self._join(self._runs(entry.start, min(count, self._sectors)))

    @staticmethod
    def _entry(number: int, record: _Record, path: tuple[str, ...]) -> Entry:
        return Entry(path, record.kind, record.clsid, record.start, record.size, number)

    def _record(self, number: int) -> _Record:
        raw = self._directory.read(number * _ENTRY.size, _ENTRY.size)
        name, length, kind, left, right, child, clsid, start, size = _ENTRY.unpack(raw)
        name = name[: min(max(0, length - 2), _NAME_BYTES) & ~1]
        if self._shift == _USUAL_SHIFT:
            size &= 0xFFFFFFFF  # the upper half may hold anything in version 3
        return _Record(
            _unpacked(name.decode("utf-16-le", "replace")),
            kind,
            left,
            right,
            child,
            clsid,
            start,
            size,
        )

    def _read_fat(self, first: tuple[int, ...], difat: int) -> array[int]:
        """The FAT, as long as the file has sectors."""
        size = 1 << self._shift
        fat: array[int] = array("I")
        for sector in self._fat_sectors(first, difat):
            if len(fat) >= self._sectors:
                break
            piece = self._data.read((sector + 1) << self._shift, size)
            fat.frombytes(piece[: len(piece) & ~3])
            if len(fat) % (size // 4):
                break
        return fat

    def _fat_sectors(self, first: tuple[int, ...], difat: int) -> Iterator[int]:
        yield from (sector for sector in first if sector < self._sectors)
        seen: set[int] = set()
        while difat < self._sectors and difat not in seen:
            self._budget.check_time()
            seen.add(difat)
            piece = self._data.read((difat + 1) << self._shift, 1 << self._shift)
            numbers = array("I", piece[: len(piece) & ~3])
            if not numbers:
                return
            difat = numbers.pop()
            yield from (sector for sector in numbers if sector < self._sectors)

    def _runs(self, start: int, count: int) -> list[tuple[int, int]]:
        """Offset and size of the pieces of a chain of at most `count` sectors."""
        return [
            ((first + 1) << self._shift, number << self._shift)
            for first, number in self._chain(self._fat, start, count, self._sectors)
        ]

    def _chain(
        self, table: array[int], start: int, count: int, sectors: int
    ) -> Iterator[tuple[int, int]]:
        """The chain from `start` as runs of consecutive sectors: the first one, and how many."""
        seen: set[int] = set()
        while count > 0 and start < sectors and start not in seen:
            seen.add(start)
            at = start
            number = 1
            while number < count and at < len(table) and table[at] == at + 1 and at + 1 < sectors:
                at += 1
                number += 1
            yield start, number
            count -= number
            start = table[at] if at < len(table) else _FREE
            self.damaged |= count > 0 and start in seen
            if count > 0 and sectors <= start != _END:
                self.damaged = True
                start = at + 1  # most streams lie in one piece

    def _join(self, runs: list[tuple[int, int]], source: Fmap | None = None) -> Fmap:
        data = self._data if source is None else source
        if len(runs) <= 1:
            return data.slice(*runs[0]) if runs else data.slice(0, 0)
        spool = Spool(self._budget.directory, _MEMORY)
        for offset, size in runs:
            self._budget.check_time()
            for at in range(offset, offset + size, _PIECE):
                spool.write(data.read(at, min(_PIECE, offset + size - at)))
        return spool.finish()

    def _mini_content(self, entry: Entry) -> Fmap:
        content = self._in_mini_stream(entry)
        if len(content) < entry.size and not self._mini_is_whole:
            self._mini_is_whole, self._mini = True, None  # the root may lie about its size
            content = self._in_mini_stream(entry)
        return content

    def _in_mini_stream(self, entry: Entry) -> Fmap:
        if self._mini is None:
            root = self._record(0)
            table = self._join(self._runs(self._mini_start, self._sectors))
            raw = table.read(0, len(table) & ~3)
            count = min(-(-root.size >> self._shift), self._sectors)
            count = self._sectors if self._mini_is_whole else count
            self._mini = array("I", raw), self._join(self._runs(root.start, count))
        links, stream = self._mini
        shift = self._mini_shift
        count = -(-entry.size >> shift)
        chain = self._chain(links, entry.start, count, -(-len(stream) >> shift))
        return self._join([(first << shift, number << shift) for first, number in chain], stream)


def _unpacked(name: str) -> str:
    """A stream's name in an MSI package, which has two of 64 characters in one; others as is."""
    if not any(_PACKED <= ord(character) <= _TABLE for character in name):
        return name
    out = []
    for character in name:
        code = ord(character) - _PACKED
        if not 0 <= code <= _TABLE - _PACKED:
            out.append(character)
        elif code == _TABLE - _PACKED:
            out.append("!")
        else:
            out.append(_ALPHABET[code & 0x3F])
            if code < _SINGLE - _PACKED:
                out.append(_ALPHABET[code >> 6])
    return "".join(out)
