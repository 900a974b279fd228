"""The structures of a UDF file system.

Layout: volume recognition at 32 KiB; an anchor at sector 256 or near the end, which points to the
volume descriptors: partitions, and the logical volume with its map of partitions and the place of
the file set; from there the root directory. An ICB is a block with a file entry: size, and either
the content itself or allocation descriptors. Directories are files of identifier records.
Spec: ECMA-167, 3rd edition; OSTA UDF 2.60. Sector sizes of 512 to 4096 bytes. Metadata partitions
and virtual ones (of discs that are written once) are followed, spared blocks read where they were.
Checksums other than those of the anchor are not compared.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt, LimitExceeded
from nacre.parsers.extents import Extent, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SECTOR_SIZES: Final = (2048, 512, 4096, 1024)
_TAG_SIZE: Final = 16
_TAG_SUM_AT: Final = 4
_PLACE_OF_TAG: Final = struct.Struct("<I")
_ANCHOR, _PARTITION, _LOGICAL_VOLUME, _TERMINATOR = 2, 5, 6, 8
_FILE_SET, _RECORD, _MORE_EXTENTS, _FILE, _EXTENDED_FILE = 256, 257, 258, 261, 266
_MOST_DESCRIPTORS: Final = 1 << 10
_MOST_MAPS: Final = 16
_MOST_EXTENTS: Final = 1 << 18

_EXTENT: Final = struct.Struct("<2I")
_NAMED_PARTITION: Final = struct.Struct("<22xH164xI")
_VOLUME: Final = struct.Struct("<212xI52xI")
_FILE_SET_AT: Final = 248
_MAPS_AT: Final = 440
_PLAIN_MAP: Final = struct.Struct("<4xH")
_OTHER_MAP: Final = struct.Struct("<5x23s10xHI")
_ROOT_AT: Final = 400

_SHORT: Final = struct.Struct("<2I")
_LONG: Final = struct.Struct("<2IH6x")
_EXTENDED: Final = struct.Struct("<I8xIH2x")
_LENGTH: Final = (1 << 30) - 1
_RECORDED, _RESERVED, _FREE, _CONTINUED = range(4)
_SHORT_FORM, _LONG_FORM, _EXTENDED_FORM, _EMBEDDED = range(4)
_FORM: Final = 7
_MORE: Final = struct.Struct("<20xI")

_ENTRY: Final = struct.Struct("<16x11xB6xH20xQ")
_LENGTHS_AT: Final = 168
_EXTENDED_LENGTHS_AT: Final = 208
_STREAMS_AT: Final = 152
_DIRECTORIES: Final = frozenset({4, 13})
_BLOCK_TABLE: Final = 248
_LAST_BLOCKS: Final = 32
_BLOCK_TABLE_HEADER: Final = struct.Struct("<H")

_IDENTIFIER: Final = struct.Struct("<18xBB16sH")
_ALIGNMENT: Final = 4
_DELETED: Final = 1 << 2
_PARENT: Final = 1 << 3
_UNICODE: Final = 16


class Place(NamedTuple):
    """A block of a partition, by its number in the map."""

    partition: int
    block: int


class Record(NamedTuple):
    """An entry of a directory that is neither deleted nor its parent."""

    name: bytes
    place: Place


class Entry(NamedTuple):
    """What an ICB says of a file."""

    kind: int
    size: int
    extents: tuple[Extent, ...]
    embedded: Fmap | None
    streams: Place | None
    """A directory of further content."""

    @property
    def is_directory(self) -> bool:
        """True for directories, those of streams included."""
        return self.kind in _DIRECTORIES


class _Map:
    """Where the bytes of a partition are: its stretches, one after the other."""

    def __init__(self, extents: Sequence[Extent]) -> None:
        self._extents = extents
        self._ends = list(accumulate(extent.size for extent in extents))

    def stretches(self, at: int, size: int) -> Iterator[Extent]:
        """The stretches of the image that `size` bytes at `at` lie in."""
        number = bisect_right(self._ends, at)
        while size > 0 and number < len(self._extents):
            extent = self._extents[number]
            inside = at - (self._ends[number] - extent.size)
            taken = min(size, extent.size - inside)
            yield Extent(extent.start + inside, taken)
            at, size, number = at + taken, size - taken, number + 1


class Volume:
    """A logical volume."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Find the volume.

        Raises:
            Corrupt: there is none.
        """
        self._data = data
        self._budget = budget
        self._sector, size, first = _anchor(data)
        partitions: dict[int, int] = {}
        self._volume = b""
        for number in range(min(size // self._sector, _MOST_DESCRIPTORS)):
            raw = data.read((first + number) * self._sector, self._sector)
            kind = _kind(raw)
            if kind == _TERMINATOR:
                break
            if kind == _PARTITION:
                name, start = _NAMED_PARTITION.unpack_from(raw)
                partitions[name] = start * self._sector
            elif kind == _LOGICAL_VOLUME:
                self._volume = raw
        if not self._volume or not partitions:
            raise Corrupt("no logical volume")
        self._block, self._map_count = _VOLUME.unpack_from(self._volume)
        if self._block not in _SECTOR_SIZES:
            raise Corrupt(f"blocks of {self._block} bytes")
        self._maps: list[_Map] = []
        for one in self._read_maps(partitions):
            self._maps.append(one)

    def root(self) -> Place:
        """The root directory.

        Raises:
            Corrupt: there is no file set.
        """
        raw = self._read(_long(self._volume, _FILE_SET_AT))
        if _kind(raw) != _FILE_SET:
            raise Corrupt("no file set")
        return _long(raw, _ROOT_AT)

    def entry(self, place: Place) -> Entry | None:
        """The file entry at `place`, or None when there is none."""
        raw = self._read(place)
        kind = _kind(raw)
        if kind not in {_FILE, _EXTENDED_FILE}:
            return None
        file_type, flags, size = _ENTRY.unpack_from(raw)
        lengths_at = _EXTENDED_LENGTHS_AT if kind == _EXTENDED_FILE else _LENGTHS_AT
        attributes, descriptors = _EXTENT.unpack_from(raw, lengths_at)
        start = lengths_at + _EXTENT.size + attributes
        streams = None
        if kind == _EXTENDED_FILE and _LONG.unpack_from(raw, _STREAMS_AT)[0]:
            streams = _long(raw, _STREAMS_AT)
        form = flags & _FORM
        if form == _EMBEDDED:
            stretch = next(self._stretches(place, self._block), Extent(0, 0))
            rest = max(0, stretch.size - start)
            content = self._data.slice(stretch.start + start, min(size, descriptors, rest))
            return Entry(file_type, size, (), content, streams)
        found = self._extents(raw[start : start + descriptors], form, place.partition)
        return Entry(file_type, size, tuple(found), None, streams)

    def content(self, entry: Entry) -> Fmap:
        """The bytes of a file, at most one more than a child may have."""
        if entry.embedded is not None:
            return entry.embedded
        return join(self._data, entry.extents, entry.size, self._budget)

    def records(self, entry: Entry) -> Iterator[Record]:
        """The entries of a directory, up to what is none."""
        content = self.content(entry)
        at = 0
        while at + _IDENTIFIER.size <= len(content):
            self._budget.check_time()
            raw = content.read(at, _IDENTIFIER.size)
            if _kind(raw) != _RECORD:
                return
            flags, name_size, icb, use_size = _IDENTIFIER.unpack(raw)
            at += _IDENTIFIER.size + use_size
            if not flags & (_DELETED | _PARENT):
                yield Record(_text(content.read(at, name_size)), _long(icb, 0))
            at += name_size
            at += -at % _ALIGNMENT

    def _stretches(self, place: Place, size: int) -> Iterator[Extent]:
        if place.partition < len(self._maps):
            yield from self._maps[place.partition].stretches(place.block * self._block, size)

    def _read(self, place: Place) -> bytes:
        """A block; empty when it is nowhere."""
        stretches = self._stretches(place, self._block)
        raw = b"".join(self._data.read(start, size) for start, size in stretches)
        return raw if len(raw) == self._block else b""

    def _extents(self, raw: bytes, form: int, partition: int) -> Iterator[Extent]:
        """What allocation descriptors name; they may go on in other blocks."""
        visited: set[Place] = set()
        count = 0
        while True:
            following: Place | None = None
            for kind, size, place in _descriptors(raw, form, partition):
                count += 1
                if count > _MOST_EXTENTS:
                    raise LimitExceeded("MaxFiles", "a file of too many extents")
                self._budget.check_time()
                if kind == _CONTINUED:
                    following = place
                    break
                if kind == _RECORDED:
                    yield from self._stretches(place, size)
                else:
                    yield Extent(-1, size)
            if following is None or following in visited:
                return
            visited.add(following)
            block = self._read(following)
            if _kind(block) != _MORE_EXTENTS:
                return
            (length,) = _MORE.unpack_from(block)
            raw = block[_MORE.size : _MORE.size + length]

    def _read_maps(self, partitions: dict[int, int]) -> Iterator[_Map]:
        at = _MAPS_AT
        for _ in range(min(self._map_count, _MOST_MAPS)):
            kind, length = self._volume[at : at + 2]
            raw = self._volume[at : at + length]
            at += length
            if kind == 1 and length >= _PLAIN_MAP.size:
                yield self._linear(partitions, _PLAIN_MAP.unpack_from(raw)[0])
            elif kind == 2 and length >= _OTHER_MAP.size:  # noqa: PLR2004 - the two kinds there are
                name, partition, place = _OTHER_MAP.unpack_from(raw)
                yield self._other(partitions, name.rstrip(b"\0"), partition, place)
            else:
                raise Corrupt("a partition map of unknown kind")

    def _linear(self, partitions: dict[int, int], name: int) -> _Map:
        start = partitions.get(name)
        return _Map([Extent(start, len(self._data))] if start is not None else [])

    def _other(self, partitions: dict[int, int], name: bytes, partition: int, place: int) -> _Map:
        whole = self._linear(partitions, partition)
        if name == b"*UDF Sparable Partition":
            return whole
        self._maps.append(whole)  # only to read from; its number is that of the one being made
        number = len(self._maps) - 1
        try:
            if name == b"*UDF Metadata Partition":
                entry = self.entry(Place(number, place))
                return _Map(entry.extents if entry else [])
            if name == b"*UDF Virtual Partition":
                return self._virtual(Place(number, 0), partitions.get(partition, 0))
        finally:
            self._maps.pop()
        raise Corrupt(f"a partition of unknown kind: {name.decode('latin-1')}")

    def _virtual(self, partition: Place, start: int) -> _Map:
        """The blocks that the table at the end of a disc written once stands for."""
        for back in range(_LAST_BLOCKS):
            block = (len(self._data) - start) // self._block - 1 - back
            entry = self.entry(Place(partition.partition, block)) if block >= 0 else None
            if entry and entry.kind == _BLOCK_TABLE:
                table = self.content(entry)
                (header,) = _BLOCK_TABLE_HEADER.unpack(table.read(0, 2).ljust(2, b"\0"))
                raw = table.read(header, min(len(table), 4 * _MOST_EXTENTS))
                blocks = struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
                return _Map([Extent(start + one * self._block, self._block) for one in blocks])
        raise Corrupt("no table of blocks")


def _anchor(data: Fmap) -> tuple[int, int, int]:
    """Sector size, and size and first sector of the volume descriptors."""
    for sector in _SECTOR_SIZES:
        last = len(data) // sector - 1
        for place in (256, last, last - 256, 512):
            raw = data.read(place * sector, sector) if place > 0 else b""
            if _kind(raw) == _ANCHOR and _PLACE_OF_TAG.unpack_from(raw, 12)[0] == place:
                size, first = _EXTENT.unpack_from(raw, _TAG_SIZE)
                return sector, size, first
    raise Corrupt("no anchor of a UDF volume")


def _kind(raw: bytes) -> int:
    """The identifier of a descriptor; 0 unless its tag adds up."""
    tag = raw[:_TAG_SIZE]
    if len(tag) < _TAG_SIZE or (sum(tag) - tag[_TAG_SUM_AT]) & 0xFF != tag[_TAG_SUM_AT]:
        return 0
    return int.from_bytes(tag[:2], "little")


def _long(raw: bytes, at: int) -> Place:
    _, block, partition = _LONG.unpack_from(raw, at)
    return Place(partition, block)


def _descriptors(raw: bytes, form: int, partition: int) -> Iterator[tuple[int, int, Place]]:
    """Kind, size and place of each allocation descriptor; one without a size is the last."""
    layout = {_SHORT_FORM: _SHORT, _LONG_FORM: _LONG, _EXTENDED_FORM: _EXTENDED}.get(form)
    if layout is None:
        raise Corrupt("allocation descriptors of unknown form")
    for at in range(0, len(raw) - layout.size + 1, layout.size):
        length, block, *other = layout.unpack_from(raw, at)
        if not length & _LENGTH:
            return
        yield length >> 30, length & _LENGTH, Place(other[0] if other else partition, block)


def _text(raw: bytes) -> bytes:
    """A name: its first byte tells bytes of Latin-1 from UTF-16."""
    coding = "utf-16-be" if raw[:1] == bytes((_UNICODE,)) else "latin-1"
    return raw[1:].decode(coding, "replace").encode()
