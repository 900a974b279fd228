"""ZIP archives, and what is made of them: JAR, OOXML, wheels, self-extracting programs.

Layout and spec: parsers/zip.py. Yields one Child per member, in the order of their data: the
members of the central directory, and in the gaps between them those that only a local header tells
of. Where local header and directory disagree, both readings are tried. Members over MaxFileSize are
cut there and the part is scanned, as in ClamAV. Before all content a Member tells of each
entry of the directory, and another of its local header where that differs; one of position 0 tells
of a member that has no entry. Encrypted members and unknown methods are reported. Checksums are not
compared.

More than ClamAV: members without a directory entry, archives without a directory, methods lzma, xz
and zstd, ZIP64, partial content of damaged members. Does not join split archives, nor try
passwords.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import bzip2, deflate, deflate64, lzma, xz, zstd
from nacre.formats.base import REASONS, label
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Finding, Member, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.parsers import ooxml_properties
from nacre.parsers import zip as structure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.zip import Entry, Local

_STORED: Final = 0
_DEFLATE: Final = 8
_LZMA: Final = 14
_DECODERS: Final[dict[int, Callable[..., Decoded]]] = {
    _DEFLATE: deflate.decode,
    9: deflate64.decode,
    12: bzip2.decode,
    20: zstd.decode,
    93: zstd.decode,
    95: xz.decode,
}
_METHOD_NAMES: Final = {
    1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode", 10: "PKWARE DCL",
    94: "mp3", 96: "jpeg", 97: "wavpack", 98: "ppmd", 99: "AES",
}  # fmt: skip

_MANIFEST: Final = b"META-INF/manifest.xml"
_ENCRYPTION: Final = b":encryption-data"
"""What the manifest of an encrypted OpenDocument says of each member (part 2, 4.4)."""

_OVERLAP_SLACK: Final = 2
_OVERLAPS_ALLOWED: Final = 5
_PROBLEMS: Final = 100
_HEADERS_PER_FILE: Final = 20  # directories and empty files are no layers


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a member's data may be meant."""

    method: int
    packed: int
    size: int
    guess: bool = False
    """Nobody says so: only a reading that works out counts."""


class ZipHandler:
    """Unpacks ZIP archives."""

    TYPES: ClassVar = frozenset(
        {
            FileType.ZIP,
            FileType.ZIPSFX,
            FileType.OOXML_WORD,
            FileType.OOXML_PPT,
            FileType.OOXML_XL,
            FileType.OOXML_HWP,
        }
    )
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        return _Walk(data, budget).events()


class _Walk:
    """One pass over an archive, front to back."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._encrypted = False
        self._count = 0
        self._told_too_many = False
        self._problems = 0
        self._read_already: set[tuple[int, int, int]] = set()

    def events(self) -> Iterator[Event]:
        directory = structure.find_directory(self._data)
        size = len(self._data)
        start, after = (directory.start, directory.after) if directory else (size, size)
        members: list[tuple[Local, Entry]] = []
        if directory:
            members = yield from self._members(structure.entries(self._data, directory))
        if _overlaps(members) > _OVERLAPS_ALLOWED:
            yield Finding("Heuristics.Zip.OverlappingFiles", "heuristic_alerts")
            raise Corrupt("members overlap")
        at = 0
        for local, entry in members:
            yield from self._gap(at, min(local.start, start))
            at = max(at, (yield from self._member(local, entry)))
        yield from self._gap(at, start)
        yield from self._gap(max(at, after), size)

    def _members(
        self, entries: Iterator[Entry]
    ) -> Generator[Event, None, list[tuple[Local, Entry]]]:
        """What the directory lists, in the order of the data; all of it is told before any data."""
        members: list[tuple[Local, Entry]] = []
        missing = 0
        for position, entry in enumerate(entries, 1):
            if self._full():
                yield from self._too_many()
                break
            self._count += 1
            self._budget.check_time()
            if entry.start < 0:
                continue  # of the part before this layer
            listed = _as_member(entry, entry.name, position)
            yield listed
            local = structure.local_header(self._data, entry.start)
            if local is None:
                missing += 1
                continue
            members.append((local, entry))
            stored = _as_member(local, structure.local_name(self._data, local), position)
            if stored != listed:
                yield stored
        if missing:
            yield Problem(f"{missing} directory entries point to no member")
        members.sort(key=lambda member: member[0].start)
        return members

    def _gap(self, at: int, end: int) -> Iterator[Event]:
        """Members that no directory entry tells of, between `at` and `end`."""
        while (at := self._next(structure.LOCAL_MAGIC, at, end)) < end:
            self._budget.check_time()
            local = structure.local_header(self._data, at)
            if local is None or not local.plausible or local.data > len(self._data):
                at += len(structure.LOCAL_MAGIC)
            elif self._full():
                yield from self._too_many()
                return
            else:
                self._count += 1
                yield _as_member(local, structure.local_name(self._data, local), position=0)
                at = max(local.data, (yield from self._member(local, None)))

    def _full(self) -> bool:
        """True when more headers were met than MaxFiles can want, whatever they are."""
        return 0 < self._budget.limits.max_files * _HEADERS_PER_FILE <= self._count

    def _too_many(self) -> Iterator[Event]:
        if not self._told_too_many:
            self._told_too_many = True
            yield Problem(f"only the first {self._count} members were looked at", "MaxFiles")

    def _member(self, local: Local, entry: Entry | None) -> Generator[Event, None, int]:
        """One member; returns where its data ends."""
        self._budget.check_child(0)
        name = entry.name if entry else structure.local_name(self._data, local)
        packed, size = local.packed, local.size
        if local.flags & structure.DESCRIPTOR and not packed:
            packed, size = (
                (entry.packed, entry.size) if entry else (self._described_size(local), size)
            )
        if local.flags & structure.ENCRYPTED:
            if not self._encrypted:
                self._encrypted = True
                yield Finding("Heuristics.Encrypted.Zip", "alert_encrypted_archive")
                yield Problem(f"encrypted members, such as {label(name)}")
            return local.data + packed
        if local.data > len(self._data):
            yield from self._problem(name, "its data lies behind the end of the file")
            return local.data
        reading = _Reading(local.method, packed, size)
        end = yield from self._read(local, reading, name)
        if entry and _contradicts(entry, reading):
            yield from self._read(local, _Reading(entry.method, entry.packed, entry.size), name)
        elif reading.method == _STORED and size > packed > 0:
            # ClamAV takes such members for deflated ones that are only called stored.
            yield from self._read(local, _Reading(_DEFLATE, packed, size, guess=True), name)
        return end

    def _described_size(self, local: Local) -> int:
        """Packed size of a member without an entry, from the descriptor behind its data."""
        if local.method != _STORED:
            return 0  # the stream knows
        end = self._next(structure.LOCAL_MAGIC, local.data, len(self._data))
        for magic in (structure.CENTRAL_MAGIC, structure.END_MAGIC):
            end = self._next(magic, local.data, end)
        at = local.data
        while (at := self._next(structure.DESCRIPTOR_MAGIC, at, end)) < end:
            self._budget.check_time()
            if structure.is_descriptor(self._data, at, local.data):
                return at - local.data
            at += len(structure.DESCRIPTOR_MAGIC)
        return end - local.data

    def _next(self, magic: bytes, at: int, end: int) -> int:
        found = self._data.find(magic, at, end)
        return end if found < 0 else found

    def _read(self, local: Local, reading: _Reading, name: bytes) -> Generator[Event, None, int]:
        """One reading of a member's data; returns where it ends."""
        key = (local.data, reading.method, reading.packed)
        if key in self._read_already:  # many directory entries may share one member
            return local.data
        self._read_already.add(key)
        rest = len(self._data) - local.data
        if reading.method == _STORED:
            piece = self._data.slice(local.data, reading.packed)
            status, taken = ("done" if len(piece) == reading.packed else "truncated"), len(piece)
            allowance = self._budget.allowance()
            if taken > allowance:
                piece, status = piece.slice(0, allowance), "limit"
        elif (decoder := self._decoder(local, reading)) is None:
            what = _METHOD_NAMES.get(reading.method, "unknown")
            yield from self._problem(name, f"method {reading.method} ({what}) is not decoded")
            return local.data + reading.packed
        else:
            # Not cut at the packed size: the stream knows its end better than a header that lies.
            decoded = decoder(self._data.slice(local.data, rest), self._budget)
            piece, status, taken = decoded.data, decoded.status, decoded.consumed
            if status == "limit" and not self._cut_by_file_size(piece):
                self._budget.waste(len(piece))
        if not reading.guess or status == "done":
            yield from self._child(piece, status, taken, name)
        return local.data + (reading.packed if taken < reading.packed <= rest else taken)

    def _decoder(self, local: Local, reading: _Reading) -> Callable[..., Decoded] | None:
        if reading.method != _LZMA:
            return _DECODERS.get(reading.method)
        ends_itself = local.flags & (structure.DESCRIPTOR | structure.END_MARKER)
        return partial(lzma.decode_zip, size=None if ends_itself else reading.size)

    def _child(self, piece: Fmap, status: str, taken: int, name: bytes) -> Iterator[Event]:
        if status == "limit":
            self._budget.check_time()
            if not self._cut_by_file_size(piece):
                yield from self._problem(name, "more than MaxScanSize leaves", "MaxScanSize")
                return
        if len(piece):
            yield Child(piece, name, stored_size=taken)
        if self._budget.facts and name in ooxml_properties.FILES:
            key = ooxml_properties.FILES[name]
            for item, value in ooxml_properties.properties(piece.read(0, ooxml_properties.LARGEST)):
                yield Metadata(f"{key}.{item}.Value[]", value)
            yield Metadata(f"{key}FileCount", 1)
        if name == _MANIFEST and piece.find(_ENCRYPTION, 0, len(piece)) >= 0:
            yield from self._problem(name, "members of the document are encrypted")
        if status == "limit":
            # Without the option's name, because ClamAV does not alert here either.
            yield from self._problem(name, f"cut at MaxFileSize, {len(piece)} bytes scanned")
        elif status != "done":
            yield from self._problem(name, f"{REASONS[status]} after {len(piece)} bytes")

    def _cut_by_file_size(self, piece: Fmap) -> bool:
        limit = self._budget.limits.max_file_size
        return 0 < limit == len(piece)

    def _problem(self, name: bytes, reason: str, limit: str | None = None) -> Iterator[Event]:
        """Tell of a member; an archive of nothing but broken members must not fill the report."""
        self._problems += 1
        if self._problems <= _PROBLEMS:
            yield Problem(f"{label(name)}: {reason}", limit)
        elif self._problems == _PROBLEMS + 1:
            yield Problem("problems with more members, which are not listed")


def _as_member(header: Local | Entry, name: bytes, position: int) -> Member:
    encrypted = bool(header.flags & structure.ENCRYPTED)
    return Member(name, header.packed, header.size, position, encrypted, header.crc)


def _contradicts(entry: Entry, reading: _Reading) -> bool:
    """True when the directory gives the member another content than its local header."""
    if entry.method != reading.method:
        return True
    return reading.method == _STORED and entry.packed != reading.packed


def _overlaps(members: list[tuple[Local, Entry]]) -> int:
    """How many members begin before the one in front of them ends; repetitions do not count."""
    count = 0
    for (local, entry), (follower, _) in pairwise(members):
        packed = local.packed or (entry.packed if local.flags & structure.DESCRIPTOR else 0)
        end = local.data + packed
        count += local.start != follower.start and end > follower.start + _OVERLAP_SLACK
    return count
