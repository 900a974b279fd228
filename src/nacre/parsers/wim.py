"""The structures of a Windows image file.

Layout: a header; resources, which are cut into chunks of content that are compressed each by
itself, behind a table of where they are; the table of blobs, which names each resource with the
SHA-1 of its content. In solid resources many blobs stand one behind the other. Metadata resources
are trees of directory entries, which name the blobs by their hashes. In a pipable image the header
that counts is at the end, each resource has a head of its own, and each chunk its size before it.
Spec: Microsoft, "Windows Imaging File Format"; for solid resources and pipable images what wimlib
says and writes.
"""

from __future__ import annotations

import struct
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import wim
from nacre.model.errors import Corrupt, LimitExceeded, Truncated, Unsupported
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.extents import append

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

MAGIC: Final = b"MSWIM\0\0\0"
PIPABLE: Final = b"WLPWM\0\0\0"
_PIPED_HEADER: Final = 208
_HEADER: Final = struct.Struct("<8s8xII16xHHI24s24s")
_COMPRESSED_FILE: Final = 0x2
_FILE_METHODS: Final = ((0x20000, 1), (0x40000, 2), (0x80000, 3))
_RESOURCE: Final = struct.Struct("<QQQ")
_SIZE_MASK: Final = (1 << 56) - 1
_METADATA, _COMPRESSED, _SOLID = 0x02, 0x04, 0x10
_SOLID_MARK: Final = 1 << 32
_SOLID_HEADER: Final = struct.Struct("<QII")
_BLOB: Final = struct.Struct("<24sHI20s")
_CHUNK_SIZES: Final = frozenset(1 << bits for bits in range(12, 27))
_MOST_CHUNKS: Final = 1 << 20
_MOST_BLOBS: Final = 1 << 20
_KEPT_CHUNKS: Final = 2
_WIDE: Final = 1 << 32
"""Content from here on has chunk tables of eight bytes."""

_ENTRY: Final = struct.Struct("<Q8xQ40x20s12xHHH")
_STREAM: Final = struct.Struct("<Q8x20sH")
_HEAD: Final = struct.Struct("<8sQ20sI")
_HEAD_MAGIC: Final = b"\xd8\xb9=D\xa2\x9b\x9b+"
_CHUNK_HEAD: Final = 4
_MOST_ENTRIES: Final = 1 << 20
_LONGEST_PATH: Final = 4096
_NO_HASH: Final = bytes(20)


class Place(NamedTuple):
    """Where a resource is, and how much comes out of it."""

    start: int
    packed: int
    flags: int
    size: int

    @classmethod
    def compressed(cls, packed: int, size: int) -> Place:
        """The whole of a layer, in chunks behind their table."""
        return cls(0, packed, _COMPRESSED, size)


class Blob(NamedTuple):
    """The content of a file: a stretch of a resource, or of several that follow each other."""

    resources: tuple[Place, ...]
    start: int
    size: int
    hash: bytes
    part: int
    metadata: bool


class Resource:
    """Content of a resource, decoded chunk by chunk."""

    def __init__(  # noqa: PLR0913 - what the header of the file says
        self, data: Fmap, place: Place, method: int, chunk: int, budget: Budget, *, pipable: bool
    ) -> None:
        """`method` and `chunk` are those of the file; a solid resource has its own.

        Raises:
            FormatError: there is no such resource.
        """
        self._data, self._budget = data, budget
        self.size = place.size
        self._method, self._chunk = method, chunk
        self._solid = bool(place.flags & _SOLID)
        self._places: list[tuple[int, int]] = []
        self._kept: dict[int, Fmap] = {}
        start = place.start
        if self._solid:
            self.size, self._chunk, self._method = _SOLID_HEADER.unpack(
                _exactly(data, start, _SOLID_HEADER.size)
            )
            start += _SOLID_HEADER.size
        elif not place.flags & _COMPRESSED:
            self._chunk, self._method = max(place.size, 1), 0
            self._places = [(start, start + place.size)]
            return
        if self._chunk not in _CHUNK_SIZES:
            raise Corrupt(f"chunks of {self._chunk} bytes")
        if self._method not in wim.METHODS:
            raise Unsupported(f"compression {self._method}")
        count = -(-self.size // self._chunk)
        if count > _MOST_CHUNKS:
            raise Corrupt(f"a resource of {self.size} bytes")
        end = place.start + place.packed
        if self._solid:
            self._places = _solid_places(data, start, count)
        elif pipable:
            self._places = list(_piped_places(data, start, count, budget))
        else:
            self._places = _places(data, start, count, end, wide=self.size >= _WIDE)

    def read(self, start: int, size: int) -> Fmap:
        """A stretch of the content, less where it is damaged.

        Raises:
            LimitExceeded: too much would be decoded for little content.
        """
        size = max(0, min(size, self.size - start))
        spool = Spool(self._budget.directory, 8 << 20)
        while size > 0:
            self._budget.check_time()
            index, inside = divmod(start, self._chunk)
            chunk = self._decoded(index)
            part = chunk.slice(inside, min(size, self._chunk - inside))
            if len(part) == size and not len(spool):
                return part
            append(spool, part, self._budget)
            if len(part) < min(size, self._chunk - inside):
                break
            start += len(part)
            size -= len(part)
        return spool.finish()

    def _decoded(self, index: int) -> Fmap:
        """The content of a chunk."""
        start, end = self._places[index] if index < len(self._places) else (0, 0)
        stored = self._data.slice(start, max(0, end - start))
        if not self._method:
            return stored
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        size = min(self._chunk, self.size - index * self._chunk)
        if len(stored) >= size:
            return stored.slice(0, size)
        if self._solid:  # of which a blob may take but a byte, and other resources may be the same
            if size > self._budget.shared_allowance():
                raise LimitExceeded("MaxScanSize", "chunks were decoded too often")
            self._budget.waste(size)
        packed = Fmap.from_bytes(wim.chunk(stored.read(0, size), size))
        decoded = wim.decode(packed, self._budget, self._method, self._chunk, max_output=size)
        while len(self._kept) >= _KEPT_CHUNKS:
            del self._kept[next(iter(self._kept))]
        self._kept[index] = decoded.data
        return decoded.data


class Wim:
    """A Windows image file."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the header.

        Raises:
            FormatError: there is none.
        """
        raw = _exactly(data, 0, _HEADER.size)
        self._pipable = raw.startswith(PIPABLE)
        self.cut = False
        """Whether a pipable image lacks its end, and its table of blobs with it."""
        if self._pipable:
            at = len(data) - _PIPED_HEADER
            last = data.read(max(at, 0), _HEADER.size)
            self.cut = at < _PIPED_HEADER or not last.startswith(PIPABLE)
            raw = raw if self.cut else last
        magic, flags, self._chunk, self.part, self.parts, _, table, xml = _HEADER.unpack(raw)
        if magic not in {MAGIC, PIPABLE}:
            raise Corrupt("no header")
        self._data, self._budget = data, budget
        self._table, self._xml = _place(table), _place(xml)
        self._method = 0
        if flags & _COMPRESSED_FILE:
            self._method = next((number for flag, number in _FILE_METHODS if flags & flag), 0)

    def blobs(self) -> Iterator[Blob]:
        """All blobs, in the order of the table.

        Raises:
            FormatError: the table cannot be read.
        """
        listed: set[int] = set()
        if not self.cut:
            for blob in self._listed():
                listed.update(place.start for place in blob.resources)
                yield blob
        if self._pipable:
            yield from (blob for blob in self._piped() if blob.resources[0].start not in listed)

    def _listed(self) -> Iterator[Blob]:
        """The blobs that the table names."""
        if self._table.size > _MOST_BLOBS * _BLOB.size:
            raise Corrupt(f"a table of {self._table.size} bytes")
        table = self.resource(self._table).read(0, self._table.size)
        if len(table) < self._table.size:
            raise Truncated("the table of blobs is cut")
        solid: list[tuple[Place, bytes, int]] = []
        for at in range(0, len(table) - _BLOB.size + 1, _BLOB.size):
            self._budget.check_time()
            raw, part, _, digest = _BLOB.unpack(table.read(at, _BLOB.size))
            place = _place(raw)
            if place.flags & _SOLID:
                solid.append((place, digest, part))
                continue
            yield from _solid_blobs(solid)
            solid.clear()
            yield Blob((place,), 0, place.size, digest, part, bool(place.flags & _METADATA))
        yield from _solid_blobs(solid)

    def resource(self, place: Place) -> Resource:
        """The resource at a place.

        Raises:
            FormatError: there is none.
        """
        return Resource(
            self._data, place, self._method, self._chunk, self._budget, pipable=self._pipable
        )

    def _piped(self) -> Iterator[Blob]:
        """The blobs by the heads of resources, to the first that is none.

        The XML comes first, then trees of names; what has their mark further on is taken for a file
        unless it is the table of blobs or the XML once more.
        """
        at, files = _PIPED_HEADER, 0
        others = {self._table.start, self._xml.start}
        for number in range(_MOST_BLOBS):
            self._budget.check_time()
            head = self._data.read(at, _HEAD.size)
            if len(head) < _HEAD.size or not head.startswith(_HEAD_MAGIC):
                return
            _, size, digest, flags = _HEAD.unpack(head)
            at += _HEAD.size
            end = at + size
            if flags & _COMPRESSED and self._chunk in _CHUNK_SIZES:
                count = min(-(-size // self._chunk), _MOST_CHUNKS)
                for _, last in _piped_places(self._data, at, count, self._budget):
                    end = last
                # The table comes last.
                end += max(count - 1, 0) * (8 if size >= _WIDE else 4)
            metadata = bool(flags & _METADATA)
            files += not metadata
            if at not in others and (number or not metadata):
                place = Place(at, end - at, flags, size)
                yield Blob((place,), 0, size, digest, self.part, metadata and not files)
            at = end


def names(metadata: Fmap, budget: Budget) -> Iterator[tuple[bytes, bytes]]:
    """Hashes and paths of the files of an image.

    Raises:
        FormatError: the tree cannot be read.
    """
    (security,) = struct.unpack("<I", _exactly(metadata, 0, 4))
    waiting = [(b"", max(8, -(-security // 8) * 8))]
    visited: set[int] = set()
    count = 0
    while waiting:
        prefix, at = waiting.pop()
        if at in visited:
            continue
        visited.add(at)
        while _number(metadata, at) >= _ENTRY.size:
            budget.check_time()
            count += 1
            if count > _MOST_ENTRIES:
                raise Corrupt("too many directory entries")
            raw = _exactly(metadata, at, _ENTRY.size)
            size, below, digest, streams, _, name_size = _ENTRY.unpack(raw)
            path = (prefix + _text(metadata, at + _ENTRY.size, name_size))[-_LONGEST_PATH:]
            if below:
                waiting.append((path + b"/" if path else b"", below))
            if digest != _NO_HASH:
                yield digest, path
            at += -(-size // 8) * 8
            for _ in range(streams):
                size, digest, name_size = _STREAM.unpack(_exactly(metadata, at, _STREAM.size))
                name = _text(metadata, at + _STREAM.size, name_size)
                yield digest, path + b":" + name if name else path
                at += max(8, -(-size // 8) * 8)


def _text(data: Fmap, at: int, size: int) -> bytes:
    return data.read(at, size).decode("utf-16-le", "replace").encode()


def _place(raw: bytes) -> Place:
    packed, start, size = _RESOURCE.unpack(raw)
    return Place(start, packed & _SIZE_MASK, packed >> 56, size)


def _number(data: Fmap, at: int) -> int:
    """The 64-bit number at a place that a file names; 0 behind the end."""
    return int.from_bytes(data.read(at, 8), "little") if at < len(data) else 0


def _exactly(data: Fmap, at: int, size: int) -> bytes:
    raw = data.read(at, size) if at < len(data) else b""
    if len(raw) < size:
        raise Truncated(f"{size} bytes wanted at {at}, {len(raw)} present")
    return raw


def _places(data: Fmap, start: int, count: int, end: int, *, wide: bool) -> list[tuple[int, int]]:
    """Where chunks begin and end: a table has their places but the first."""
    width, letter = (8, "Q") if wide else (4, "I")
    inner = max(0, count - 1)
    table = struct.unpack(f"<{inner}{letter}", _exactly(data, start, inner * width))
    first = start + inner * width
    places = [first, *(first + offset for offset in table), end]
    return list(pairwise(places))


def _solid_places(data: Fmap, start: int, count: int) -> list[tuple[int, int]]:
    """The same from a table of sizes."""
    sizes = struct.unpack(f"<{count}I", _exactly(data, start, 4 * count))
    return list(pairwise(accumulate(sizes, initial=start + 4 * count)))


def _piped_places(data: Fmap, start: int, count: int, budget: Budget) -> Iterator[tuple[int, int]]:
    """The same where each chunk has its size before it; fewer where the data end."""
    for _ in range(count):
        budget.check_time()
        head = data.read(start, _CHUNK_HEAD)
        if len(head) < _CHUNK_HEAD:
            return
        end = start + _CHUNK_HEAD + int.from_bytes(head, "little")
        yield start + _CHUNK_HEAD, end
        start = end


def _solid_blobs(run: list[tuple[Place, bytes, int]]) -> Iterator[Blob]:
    """The blobs of solid resources that follow each other, by where they are in there."""
    resources = tuple(place for place, _, _ in run if place.size == _SOLID_MARK)
    blobs = [entry for entry in run if entry[0].size != _SOLID_MARK]
    for place, digest, part in sorted(blobs, key=lambda entry: entry[0].start):
        yield Blob(resources, place.start, place.packed, digest, part, metadata=False)
