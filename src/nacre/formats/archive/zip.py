"""ZIP archives, and what is made of them: JAR, OOXML, wheels, self-extracting programs.

Layout and spec: parsers/zip.py. Yields one Child per member, in the order of their data: the
members of the central directory, and in the gaps between them those that only a local header tells
of. Where local header and directory disagree, both readings are tried. Members over MaxFileSize are
cut there and the part is scanned, as in ClamAV. Before all content a Member tells of each
entry of the directory, and another of its local header where that differs; one of position 0 tells
of a member that has no entry. Encrypted members are opened with the passwords of the database
(parsers/zip_cipher.py), reported otherwise, and so are unknown methods; unless the content has the
right checksum when a member is read as not encrypted, or as deflated or stored, which is what other
programs do that heed only one of its headers. A member that no entry tells of and whose name has
control characters is taken for bytes of a program that look like one, unless the layer begins so:
its content is scanned, but what is wrong with it is not told.

More than ClamAV: members without a directory entry, archives without a directory, methods shrink,
reduce, lzma, ppmd, xz and zstd, WinZip's AES, ZIP64, partial content of damaged members. Does not
join the parts of split archives: what begins in this part is scanned, the rest is reported.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs.checksum import Checksum
from nacre.formats.base import REASONS, label
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Finding, Member, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.parsers import ooxml_properties, zip_cipher, zip_method
from nacre.parsers import zip as structure
from nacre.parsers.zip_method import Reading

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.zip import Directory, Entry, Local

_MANIFEST: Final = b"META-INF/manifest.xml"
_ENCRYPTION: Final = b":encryption-data"
"""What the manifest of an encrypted OpenDocument says of each member (part 2, 4.4)."""

_OVERLAP_SLACK: Final = 2
_OVERLAPS_ALLOWED: Final = 5
_PROBLEMS: Final = 100
_HEADERS_PER_FILE: Final = 20  # directories and empty files are no layers
_IN_NO_NAME: Final = re.compile(rb"[\0-\x1a\x1c-\x1f\x7f]")
"""Control characters but the one of ISO-2022."""


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
        self._told_encrypted = False
        self._count = 0
        self._told_too_many = False
        self._problems = 0
        self._by_chance = False
        """Whether what is read only looks like a member, as some bytes of a program do."""
        self._read_already: set[tuple[int, Reading]] = set()

    def events(self) -> Iterator[Event]:
        directory = structure.find_directory(self._data)
        size = len(self._data)
        start, after = (directory.start, directory.after) if directory else (size, size)
        members: list[tuple[Local, Entry]] = []
        if directory:
            members = yield from self._members(directory)
        elif self._data.read(0, len(structure.SPLIT_MAGIC)) == structure.SPLIT_MAGIC:
            yield Problem("the other parts of the split archive are missing")
        if _overlaps(members) > _OVERLAPS_ALLOWED:
            yield Finding("Heuristics.Zip.OverlappingFiles", "heuristic_alerts")
            raise Corrupt("members overlap")
        same = len(members) - len({local.start for local, _ in members})
        if same > _OVERLAPS_ALLOWED:
            yield Problem(f"{same} entries of the directory are of a member that another has")
        at = 0
        for local, entry in members:
            yield from self._gap(at, min(local.start, start))
            at = max(at, (yield from self._member(local, entry)))
        yield from self._gap(at, start)
        yield from self._gap(max(at, after), size)

    def _members(self, directory: Directory) -> Generator[Event, None, list[tuple[Local, Entry]]]:
        """What the directory lists, in the order of the data; all of it is told before any data."""
        members: list[tuple[Local, Entry]] = []
        missing = elsewhere = 0
        for position, entry in enumerate(structure.entries(self._data, directory), 1):
            if self._full():
                yield from self._too_many()
                break
            self._count += 1
            self._budget.check_time()
            if entry.is_before:
                continue
            listed = _as_member(entry, entry.name, position)
            yield listed
            local = structure.local_header(self._data, entry.start)
            if local is None and entry.part != directory.part:
                elsewhere += 1
                continue
            if local is None:
                missing += 1
                continue
            members.append((local, entry))
            stored = _as_member(local, structure.local_name(self._data, local), position)
            if stored != listed:
                yield stored
        if elsewhere:
            yield Problem(f"{elsewhere} members begin in other parts of the split archive")
        if missing:
            yield Problem(f"{missing} directory entries point to no member")
        members.sort(key=lambda member: member[0].start)
        return members

    def _gap(self, at: int, end: int) -> Iterator[Event]:
        """Members that no directory entry tells of, between `at` and `end`."""
        while (at := self._next(structure.LOCAL_MAGIC, at, end)) < end:
            self._budget.check_time()
            local = structure.local_header(self._data, at)
            if local is None or not self._is_meant(local):
                at += len(structure.LOCAL_MAGIC)
            elif self._full():
                yield from self._too_many()
                return
            else:
                self._count += 1
                name = structure.local_name(self._data, local)
                yield _as_member(local, name, position=0)
                begins = self._data.read(0, len(structure.LOCAL_MAGIC)) == structure.LOCAL_MAGIC
                self._by_chance = not begins and _IN_NO_NAME.search(name) is not None
                at = max(local.data, (yield from self._member(local, None)))
                self._by_chance = False

    def _is_meant(self, local: Local) -> bool:
        """False for bytes that only look like a header; what an archive begins with has a name."""
        if local.plausible and local.data <= len(self._data):
            return True
        name = structure.local_name(self._data, local)
        return local.start == 0 and name != b"" and _IN_NO_NAME.search(name) is None

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
            packed, size = (entry.packed, entry.size) if entry else (0, size)
            packed = packed or self._described_size(local)
        if local.data > len(self._data):
            yield from self._problem(name, "its data lies behind the end of the file")
            return local.data
        reading = Reading(local.method, packed, size)
        if local.flags & structure.ENCRYPTED:
            yield from self._encrypted_member(local, reading, name, entry)
            return local.data + packed
        end = yield from self._read(local, reading, name, _sums(local, entry))
        if entry and _contradicts(entry, reading):
            yield from self._read(local, Reading(entry.method, entry.packed, entry.size), name)
        elif reading.method == zip_method.STORED and size > packed > 0:
            # ClamAV takes such members for deflated ones that are only called stored.
            yield from self._read(
                local, Reading(zip_method.DEFLATE, packed, size, guess=True), name
            )
        return end

    def _described_size(self, local: Local) -> int:
        """Packed size of a member without an entry, from the descriptor behind its data."""
        if local.method != zip_method.STORED:
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
        return structure.before_descriptor(self._data, local.data, end)

    def _next(self, magic: bytes, at: int, end: int) -> int:
        found = self._data.find(magic, at, end)
        return end if found < 0 else found

    def _encrypted_member(
        self, local: Local, reading: Reading, name: bytes, entry: Entry | None
    ) -> Iterator[Event]:
        """A member that a password of ours may open."""
        if not self._encrypted:
            self._encrypted = True
            yield Finding("Heuristics.Encrypted.Zip", "alert_encrypted_archive")
        if self._is_read(local, reading):
            return
        if (yield from self._proven(local, reading, name, _sums(local, entry))):
            return
        crc = entry.crc if entry else local.crc
        passwords = self._budget.passwords_for(FileType.ZIP)
        body = self._data.slice(local.data, reading.packed)
        extra = structure.local_extra(self._data, local)
        for opened in zip_cipher.unlock(body, local, extra, crc, passwords, self._budget):
            inner = Reading(opened.method, len(opened.data), reading.size)
            unpacked = zip_method.unpack(opened.data, local.flags, inner, self._budget)
            if unpacked is not None and zip_cipher.is_right(unpacked, opened.crc, self._budget):
                yield from self._child(*unpacked, name)
                return
        if not self._told_encrypted and not self._by_chance:
            self._told_encrypted = True
            yield Problem(f"encrypted members, such as {label(name)}")

    def _proven(
        self, local: Local, reading: Reading, name: bytes, sums: tuple[Checksum, ...]
    ) -> Generator[Event, None, bool]:
        """A member that is not what its header says, if a checksum shows it; returns whether."""
        source = self._data.slice(local.data, reading.packed)
        stored = reading.packed == reading.size
        tried = reading._replace(method=zip_method.STORED if stored else zip_method.DEFLATE)
        unpacked = zip_method.unpack(source, local.flags, tried, self._budget) if sums else None
        if unpacked is None:
            return False
        piece, status, _ = unpacked
        if status == "done" and any(known.fits(piece) for known in sums):
            yield from self._child(*unpacked, name)
            return True
        if not stored:
            self._budget.waste(len(piece))
        return False

    def _is_read(self, local: Local, reading: Reading) -> bool:
        """True for a reading met before: many directory entries may share one member."""
        key = (local.data, reading)
        if key in self._read_already:
            return True
        self._read_already.add(key)
        return False

    def _read(
        self, local: Local, reading: Reading, name: bytes, sums: tuple[Checksum, ...] = ()
    ) -> Generator[Event, None, int]:
        """One reading of a member's data, which has one of `sums`; returns where it ends."""
        if self._is_read(local, reading):
            return local.data
        rest = len(self._data) - local.data
        unpacked = zip_method.unpack(
            self._data.slice(local.data, rest), local.flags, reading, self._budget
        )
        if unpacked is None:
            if (yield from self._proven(local, reading, name, sums)):
                return local.data + reading.packed
            what = zip_method.method_name(reading.method)
            yield from self._problem(name, f"method {reading.method} ({what}) is not decoded")
            return local.data + reading.packed
        piece, status, taken = unpacked
        if status != "limit" and 0 < reading.size < len(piece):
            # Without its end a stream goes on into what is behind it.
            whole = piece.slice(0, reading.size)
            if any(known.fits(whole) for known in sums):
                piece, status, taken = whole, "done", reading.packed
        if not reading.guess or status == "done":
            yield from self._child(piece, status, taken, name)
            if status == "done" and sums and not any(known.fits(piece) for known in sums):
                yield from self._problem(name, REASONS["checksum"])
        return local.data + (reading.packed if taken < reading.packed <= rest else taken)

    def _child(self, piece: Fmap, status: str, taken: int, name: bytes) -> Iterator[Event]:
        if status == "limit":
            self._budget.check_time()
            if not zip_method.is_cut(piece, self._budget):
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

    def _problem(self, name: bytes, reason: str, limit: str | None = None) -> Iterator[Event]:
        """Tell of a member; an archive of nothing but broken members must not fill the report."""
        if self._by_chance and limit is None:
            return
        self._problems += 1
        if self._problems <= _PROBLEMS:
            yield Problem(f"{label(name)}: {reason}", limit)
        elif self._problems == _PROBLEMS + 1:
            yield Problem("problems with more members, which are not listed")


def _as_member(header: Local | Entry, name: bytes, position: int) -> Member:
    encrypted = bool(header.flags & structure.ENCRYPTED)
    return Member(name, header.packed, header.size, position, encrypted, header.crc)


def _contradicts(entry: Entry, reading: Reading) -> bool:
    """True when the directory gives the member another content than its local header."""
    if entry.method != reading.method:
        return True
    if zip_method.is_sized(reading.method) and entry.size != reading.size:
        return True
    return reading.method == zip_method.STORED and entry.packed != reading.packed


def _sums(local: Local, entry: Entry | None) -> tuple[Checksum, ...]:
    """What the two headers say of the content; 0 stands for nothing, as before a descriptor."""
    said = {local.crc, entry.crc if entry else 0} - {0}
    return tuple(Checksum("crc32", value) for value in said)


def _overlaps(members: list[tuple[Local, Entry]]) -> int:
    """How many members begin before the one in front of them ends; repetitions do not count."""
    count = 0
    for (local, entry), (follower, _) in pairwise(members):
        packed = local.packed or (entry.packed if local.flags & structure.DESCRIPTOR else 0)
        end = local.data + packed
        count += local.start != follower.start and end > follower.start + _OVERLAP_SLACK
    return count
