"""ACE archives (.ace), also behind the program that unpacks them.

Layout: headers, each with a checksum, its size, a kind and flags; the first is the archive's and
has the mark ``**ACE**``, the others stand before the data of a member. In a solid archive members
stand on those before them.
Source: M. Lemke's "Technical information of the archiver ACE v1.2"; the package acefile for what
came with 2.0. Yields one Member per file and a Child each. Encrypted members are reported; of one
that is in several volumes the part that is here is scanned if it is stored. Comments are not looked
at. Beyond ClamAV, which knows nothing of ACE, so that there is no alert for encryption either.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import ace
from nacre.codecs.checksum import Checksum
from nacre.filetype.ace import HEAD, header_at, is_sound
from nacre.formats.base import REASONS, few_problems, label, refusal, stored_member
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.codecs.ace import Packed
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_KIND_AND_FLAGS: Final = struct.Struct("<BH")
_SIZES: Final = struct.Struct("<II")
_WIDE_SIZES: Final = struct.Struct("<QQ")
_FIELDS: Final = struct.Struct("<4xIIBB2x2xH")
"""Attributes, checksum, method, its quality, the size of the name."""
_ARCHIVE, _FILE, _WIDE_FILE = 0, 1, 3
_MORE_FOLLOWS: Final = 1
_WIDE: Final = 1 << 2
_FROM_PREVIOUS: Final = 1 << 12
_IN_NEXT: Final = 1 << 13
_ENCRYPTED: Final = 1 << 14
_SOLID: Final = 1 << 15
_DIRECTORY: Final = 0x10
_ALL_BITS: Final = (1 << 32) - 1
_MOST_HEADERS: Final = 1 << 16


class _Entry(NamedTuple):  # a tuple, because one is made per member
    name: bytes
    packed: Packed
    flags: int
    checksum: Checksum
    position: int

    @property
    def stands(self) -> bool:
        """Whether it can be decoded, if what it stands on can."""
        here = not self.flags & (_ENCRYPTED | _FROM_PREVIOUS | _IN_NEXT)
        return here and self.packed.method in ace.METHODS


class AceHandler:
    """Unpacks ACE archives."""

    TYPES: ClassVar = frozenset({FileType.ACE})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        at = header_at(data)
        if at is None:
            raise Corrupt("no ACE archive")
        yield from few_problems(_members(data, at, budget))


def _members(data: Fmap, at: int, budget: Budget) -> Iterator[Event]:
    entries: list[_Entry] = []
    solid, problem = False, None
    try:
        for header in _headers(data, at, budget):
            if isinstance(header, _Entry):
                entries.append(header)
            else:
                solid = header
    except FormatError as error:
        problem = Problem(f"after {len(entries)} members: {error}")
    run: list[_Entry] = []
    whole = True
    for entry in entries:
        if entry.stands and solid and whole:
            run.append(entry)
        elif entry.stands and not solid:
            yield from _run(data, [entry], budget)
        else:
            yield from _run(data, run, budget)
            run, whole = [], False
            yield from _other(data, entry, budget)
    yield from _run(data, run, budget)
    if problem:
        yield problem


def _headers(data: Fmap, at: int, budget: Budget) -> Iterator[_Entry | bool]:
    """Whether the archive is solid, then its files."""
    reader = Reader(data, at)
    position = 0
    for number in range(_MOST_HEADERS):
        budget.check_time()
        if not reader.remaining:
            return
        start = reader.position
        head = reader.take(HEAD.size)
        size = HEAD.unpack(head)[1]
        if not is_sound(head, reader.take(size)):
            raise Corrupt(f"a header at {start} with another checksum than it should have")
        fields = Reader(data, start + HEAD.size, reader.position)
        kind, flags = fields.unpack(_KIND_AND_FLAGS)
        if kind == _ARCHIVE:
            if number:
                raise Corrupt(f"a second archive at {start}")
            yield bool(flags & _SOLID)
            continue
        packed = content = 0
        wide = bool(flags & _WIDE)
        if kind in {_FILE, _WIDE_FILE}:
            packed, content = fields.unpack(_WIDE_SIZES if wide else _SIZES)
            attributes, crc, method, _, name_size = fields.unpack(_FIELDS)
            name = fields.take(name_size)
            if not attributes & _DIRECTORY:
                position += 1
                where = ace.Packed(reader.position, packed, content, method)
                # The same CRC-32 as everybody's, but for its last step.
                yield _Entry(name, where, flags, Checksum("crc32", crc ^ _ALL_BITS), position)
        elif flags & _MORE_FOLLOWS:
            packed = fields.u64le() if wide else fields.u32le()
        reader.skip(packed)
    raise Corrupt(f"more than {_MOST_HEADERS} headers")


def _run(data: Fmap, run: list[_Entry], budget: Budget) -> Iterator[Event]:
    """Members that are decoded together, if any."""
    if not run:
        return
    if len(run) == 1:
        yield _member_of(run[0])
        refused = refusal(run[0].packed.size, run[0].name, budget)
        if refused:
            yield refused
            return
    total = sum(one.packed.size for one in run)
    allowed = min(total, budget.allowance_together())
    decoded = ace.decode(data, [one.packed for one in run], budget, max_output=allowed)
    offset = 0
    for one in run:
        budget.check_time()
        if len(run) > 1:
            yield _member_of(one)
        size, name = one.packed.size, label(one.name)
        content = decoded.data.slice(offset, size)
        missing, reached = len(content) < size, offset <= len(decoded.data)
        offset += size
        if missing and decoded.status == "limit":
            budget.waste(len(content))
            yield Problem(f"{name}: more than MaxScanSize leaves", "MaxScanSize")
            continue
        if missing and not reached:
            yield Problem(f"{name}: what it stands on is not here")
            continue
        if missing:
            yield Problem(f"{name}: {REASONS[decoded.status]} after {len(content)} bytes")
        elif size > (budget.limits.max_file_size or size):
            budget.waste(size)
        checksum = None if missing else one.checksum
        yield from stored_member(content, one.name, one.packed.packed, budget, checksum=checksum)


def _other(data: Fmap, entry: _Entry, budget: Budget) -> Iterator[Event]:
    """A member that cannot be decoded, or not as a whole."""
    yield _member_of(entry)
    name = label(entry.name)
    if entry.flags & _ENCRYPTED:
        yield Problem(f"{name}: encrypted")
    elif entry.packed.method not in ace.METHODS:
        yield Problem(f"{name}: method {entry.packed.method} is not decoded")
    elif entry.flags & (_FROM_PREVIOUS | _IN_NEXT):
        if not entry.packed.method:
            part = data.slice(entry.packed.start, entry.packed.packed)
            yield from stored_member(part, entry.name, len(part), budget)
        yield Problem(f"{name}: parts of it are in other volumes")
    else:
        yield Problem(f"{name}: what it stands on is not here")


def _member_of(entry: _Entry) -> Member:
    encrypted = bool(entry.flags & _ENCRYPTED)
    return Member(
        entry.name, entry.packed.packed, entry.packed.size, entry.position, encrypted=encrypted
    )
