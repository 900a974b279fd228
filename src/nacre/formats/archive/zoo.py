"""ZOO archives (.zoo) by Rahul Dhesi.

Layout: a text of 20 bytes, a tag, where the first entry is; entries of a tag, method, where the
next one and the data are, sizes, a name of 13 bytes and, in type 2, a longer name and a folder.
Spec: zoo.h and zoo(1) of zoo 2.1. Yields one Member and one Child per entry, also of those that
were deleted but are still there.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import arc, lha
from nacre.codecs.checksum import Checksum
from nacre.formats.base import few_problems, label, sized_member, stored_member
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_TAG: Final = 0xFDC4A7DC
_FIRST_AT: Final = 20
_HEAD: Final = struct.Struct("<II")
_ENTRY: Final = struct.Struct("<IBBII4xHII4xI2x13s")
_LONG: Final = struct.Struct("<H3xBB")
_WITH_LONG_NAMES: Final = 2
_STORED, _LZW, _LZH = range(3)
_MOST_ENTRIES: Final = 1 << 16


class _Entry(NamedTuple):  # a tuple, because one is made per entry
    method: int
    next: int
    start: int
    size: int
    packed: int
    name: bytes
    checksum: Checksum


class ZooHandler:
    """Unpacks ZOO archives."""

    TYPES: ClassVar = frozenset({FileType.ZOO})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        yield from few_problems(_members(data, budget))


def _members(data: Fmap, budget: Budget) -> Iterator[Event]:
    tag, at = Reader(data, _FIRST_AT).unpack(_HEAD)
    if tag != _TAG:
        raise Corrupt("not a ZOO archive")
    visited: set[int] = set()
    while True:
        budget.check_time()
        if at in visited or len(visited) > _MOST_ENTRIES:
            raise Corrupt("the entries lead back to one of them")
        visited.add(at)
        try:
            entry = _entry(Reader(data, at))
        except FormatError as error:
            if len(visited) == 1:
                raise
            yield Problem(f"after {len(visited) - 1} members: {error}")
            return
        if not entry.next:
            return
        content = data.slice(entry.start, entry.packed)
        yield Member(entry.name, entry.packed, entry.size, len(visited))
        if len(content) < entry.packed:
            promised = f"{entry.packed} bytes promised, {len(content)} present"
            yield Problem(f"{label(entry.name)}: {promised}")
        yield from _member(entry, content, budget)
        at = entry.next


def _entry(reader: Reader) -> _Entry:
    start = reader.position
    tag, kind, method, following, place, crc, size, packed, _, short = _ENTRY.unpack(
        reader.take(_ENTRY.size)
    )
    if tag != _TAG:
        raise Corrupt(f"no entry at {start}")
    name: bytes = short.partition(b"\0")[0]
    if kind == _WITH_LONG_NAMES and following:
        size_of_rest, long_size, folder_size = reader.unpack(_LONG)
        long_name = reader.take(min(long_size, size_of_rest)).partition(b"\0")[0]
        folder = reader.take(min(folder_size, size_of_rest)).partition(b"\0")[0]
        name = long_name or name
        name = folder + b"/" + name if folder else name
    return _Entry(method, following, place, size, packed, name, Checksum("crc16", crc))


def _member(entry: _Entry, content: Fmap, budget: Budget) -> Iterator[Event]:
    if entry.method == _STORED:
        whole = entry.checksum if len(content) == entry.packed else None
        yield from stored_member(content, entry.name, len(content), budget, checksum=whole)
    elif entry.method == _LZW:
        decode = partial(arc.decode, content, budget, "zoo-lzw", entry.size)
        yield from sized_member(decode, entry.name, entry.size, budget, checksum=entry.checksum)
    elif entry.method == _LZH:
        decode = partial(lha.decode, content, budget, "lh5", entry.size)
        yield from sized_member(decode, entry.name, entry.size, budget, checksum=entry.checksum)
    else:
        yield Problem(f"{label(entry.name)}: method {entry.method} is not decoded")
