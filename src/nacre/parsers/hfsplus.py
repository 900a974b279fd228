"""The structures of an HFS+ or HFSX volume.

Layout: the volume header at byte 1024 gives the block size and the forks of the special files;
catalog, overflowing extents and attributes are B-trees of nodes, whose leaves are chained. A
catalog record of a file has two forks of eight extents each, further ones are in the overflow tree.
Spec: Apple Technical Note TN1150. The journal is not replayed. Leaves are read along their chain
and the index is not used, so that a damaged index hides nothing.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt
from nacre.parsers.extents import Extent, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER_AT: Final = 1024
_HEADER: Final = struct.Struct(">2s38xI")
_MAGICS: Final = (b"H+", b"HX")
_FORK: Final = struct.Struct(">Q8x16I")
_EXTENTS_FORK_AT, _CATALOG_FORK_AT, _ATTRIBUTES_FORK_AT = 192, 272, 352
_EXTENTS_ID, _CATALOG_ID, _ATTRIBUTES_ID = 3, 4, 8
_HEADER_SIZE: Final = 512
_BLOCK_SIZES: Final = frozenset(1 << bits for bits in range(9, 25))

_NODE: Final = struct.Struct(">I4xbxH2x")
_TREE: Final = struct.Struct(">14x10xI4xH2xI")
_NODE_SIZES: Final = frozenset(1 << bits for bits in range(9, 16))
_LEAF: Final = -1
_OFFSET_SIZE: Final = 2
_MOST_NODES: Final = 1 << 20

_KEY: Final = struct.Struct(">HIH")
_FOLDER, _FILE, _FOLDER_THREAD = 1, 2, 3
_FOLDER_RECORD: Final = struct.Struct(">H6xI")
_FILE_RECORD: Final = struct.Struct(">H6xI29xB46x")
_THREAD: Final = struct.Struct(">H2xIH")
_COMPRESSED: Final = 1 << 5  # owner flag UF_COMPRESSED
_OVERFLOW_KEY: Final = struct.Struct(">HBxII")
_OVERFLOW: Final = struct.Struct(">16I")
_MOST_OVERFLOWS: Final = 1 << 20
_ATTRIBUTE_KEY: Final = struct.Struct(">H2xI4xH")
_INLINE: Final = struct.Struct(">I8xI")
_INLINE_KIND: Final = 0x10
_DEEPEST: Final = 64

DATA, RESOURCE = 0x00, 0xFF
"""The forks of a file, by their number in the overflow tree."""


class Fork(NamedTuple):
    """A fork's size and its blocks, first and count of each stretch."""

    size: int
    blocks: tuple[tuple[int, int], ...]


class File(NamedTuple):
    """A file of the catalog."""

    number: int
    path: bytes
    data: Fork
    resource: Fork
    compressed: bool
    """Its content is said to be in an attribute or in the resource fork."""


class Volume:
    """An HFS+ or HFSX volume."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the header and the overflowing extents.

        Raises:
            Corrupt: there is no such header.
        """
        self._data = data
        self._budget = budget
        self._header = data.read(_HEADER_AT, _HEADER_SIZE)
        if len(self._header) < _HEADER_SIZE or self._header[:2] not in _MAGICS:
            raise Corrupt("no volume header")
        _, self._block = _HEADER.unpack_from(self._header)
        if self._block not in _BLOCK_SIZES:
            raise Corrupt(f"blocks of {self._block} bytes")
        self._overflows: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._read_overflows()
        self._folders: dict[int, tuple[int, bytes]] = {}

    def files(self) -> Iterator[File]:
        """The files of the catalog, in its order."""
        for record in self._leaves(_CATALOG_FORK_AT, _CATALOG_ID):
            parsed = _catalog_key(record)
            if parsed is None:
                continue
            parent, name, body = parsed
            kind = int.from_bytes(body[:2], "big")
            if kind == _FOLDER_THREAD and len(body) >= _THREAD.size:
                _, above, size = _THREAD.unpack_from(body)
                self._folders[parent] = above, _text(body[_THREAD.size : _THREAD.size + 2 * size])
            elif kind == _FOLDER and len(body) >= _FOLDER_RECORD.size:
                self._folders[_FOLDER_RECORD.unpack_from(body)[1]] = parent, name
            elif kind == _FILE and len(body) >= _FILE_RECORD.size + 2 * _FORK.size:
                _, number, flags = _FILE_RECORD.unpack_from(body)
                data, resource = (
                    _fork(body, _FILE_RECORD.size + place * _FORK.size) for place in range(2)
                )
                path = self._path(parent, name)
                yield File(number, path, data, resource, bool(flags & _COMPRESSED))

    def content(self, number: int, fork: Fork, kind: int) -> Fmap:
        """The bytes of a fork, at most one more than a child may have."""
        blocks = [*fork.blocks, *self._overflows.get((number, kind), ())]
        extents = [Extent(start * self._block, count * self._block) for start, count in blocks]
        return join(self._data, extents, fork.size, self._budget)

    def attributes(self, wanted: bytes) -> dict[int, bytes]:
        """The attributes of one name that are kept within the tree, by file."""
        found: dict[int, bytes] = {}
        for record in self._leaves(_ATTRIBUTES_FORK_AT, _ATTRIBUTES_ID):
            if len(record) < _ATTRIBUTE_KEY.size:
                continue
            key_size, number, name_size = _ATTRIBUTE_KEY.unpack_from(record)
            name = record[_ATTRIBUTE_KEY.size : _ATTRIBUTE_KEY.size + 2 * name_size]
            body = record[2 + key_size :]
            if _text(name) == wanted and len(body) >= _INLINE.size:
                kind, size = _INLINE.unpack_from(body)
                if kind == _INLINE_KIND and len(found) < _MOST_OVERFLOWS:
                    found[number] = body[_INLINE.size : _INLINE.size + size]
        return found

    def _path(self, parent: int, name: bytes) -> bytes:
        names = [name]
        while parent in self._folders and len(names) < _DEEPEST:
            parent, above = self._folders[parent]
            names.append(above)
        return b"/".join(reversed(names))

    def _read_overflows(self) -> None:
        count = 0
        for record in self._leaves(_EXTENTS_FORK_AT, _EXTENTS_ID):
            if len(record) < _OVERFLOW_KEY.size + _OVERFLOW.size:
                continue
            _, kind, number, _first = _OVERFLOW_KEY.unpack_from(record)
            count += 1
            if count > _MOST_OVERFLOWS:
                return
            blocks = self._overflows.setdefault((number, kind), [])
            blocks += _stretches(_OVERFLOW.unpack_from(record, _OVERFLOW_KEY.size))

    def _leaves(self, fork_at: int, number: int) -> Iterator[bytes]:
        """The records of a tree's leaves, along their chain."""
        fork = _fork(self._header, fork_at)
        if not fork.size:
            return
        blocks = [*fork.blocks, *self._overflows.get((number, DATA), ())]
        extents = [Extent(start * self._block, count * self._block) for start, count in blocks]
        tree = join(self._data, extents, fork.size, self._budget)
        head = tree.read(0, _TREE.size)
        if len(head) < _TREE.size:
            raise Corrupt("a tree without a header")
        node, size, _ = _TREE.unpack(head)
        if size not in _NODE_SIZES:
            raise Corrupt(f"tree nodes of {size} bytes")
        visited: set[int] = set()
        while node and node not in visited and len(visited) < _MOST_NODES:
            self._budget.check_time()
            visited.add(node)
            raw = tree.read(node * size, size)
            if len(raw) < size:
                raise Corrupt(f"tree node {node} lies outside")
            node, kind, count = _NODE.unpack_from(raw)
            if kind != _LEAF:
                raise Corrupt("the chain of leaves leads to another node")
            yield from _records(raw, count)


def _records(node: bytes, count: int) -> Iterator[bytes]:
    """A node's records, by the offsets at its end."""
    most = (len(node) - _NODE.size) // _OFFSET_SIZE - 1
    places = struct.unpack(
        f">{min(count, most) + 1}H", node[len(node) - _OFFSET_SIZE * (min(count, most) + 1) :]
    )[::-1]
    for number in range(len(places) - 1):
        start, end = places[number : number + 2]
        if _NODE.size <= start < end:
            yield node[start:end]


def _catalog_key(record: bytes) -> tuple[int, bytes, bytes] | None:
    """Parent, name, and what follows the key."""
    if len(record) < _KEY.size:
        return None
    key_size, parent, name_size = _KEY.unpack_from(record)
    name = record[_KEY.size : _KEY.size + 2 * name_size]
    after = 2 + key_size
    return parent, _text(name), record[after + after % 2 :]


def _fork(raw: bytes, at: int) -> Fork:
    size, *blocks = _FORK.unpack_from(raw, at)
    return Fork(size, tuple(_stretches(tuple(blocks))))


def _stretches(numbers: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for at in range(0, len(numbers), 2):
        start, count = numbers[at : at + 2]
        if count:
            yield start, count


def _text(raw: bytes) -> bytes:
    return raw.decode("utf-16-be", "replace").encode()
