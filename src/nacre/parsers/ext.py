"""The structures of an ext2, ext3 or ext4 file system.

Layout: the superblock at byte 1024; a descriptor for each group of blocks, which says where the
group's inodes are; an inode's content is a tree of extents, or blocks named directly and by one to
three steps, or is within the inode. A directory is records of inode, size, and name; the index of a
hashed one looks like an empty record to those who read it front to back.
Spec: Linux, Documentation/filesystems/ext4. The journal is not replayed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.errors import Corrupt, Encrypted
from nacre.model.fmap import Spool
from nacre.parsers.extents import Extent, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

ROOT: Final = 2
_SUPERBLOCK_AT: Final = 1024
_SUPERBLOCK: Final = struct.Struct("<I16xII4xI4xI12xH18xI8xHHIII")
_SUPERBLOCK_SIZE: Final = 1024
_MAGIC: Final = 0xEF53
_MOST_BLOCK_BITS: Final = 6
_OLD_INODE: Final = 128
_MOST_INODE: Final = 64 << 10
_DESCRIPTOR_AT, _META_GROUP_AT = 0xFE, 0x104
_SPARSE_SUPER: Final = 0x1  # s_feature_ro_compat
_SPARSE_SUPER2: Final = 0x200  # s_feature_compat
_SPARE_GROUPS_AT: Final = 0x24C
_META_GROUPS, _64_BITS = 0x10, 0x80  # s_feature_incompat
_OLD_DESCRIPTOR, _DESCRIPTOR_64 = 32, 64
_TABLE_AT, _TABLE_HIGH_AT = 8, 40

_INODE: Final = struct.Struct("<H2xI24xI4x60s4xII")
_KIND: Final = 0xF000
_DIRECTORY, _FILE = 0x4000, 0x8000
_ENCRYPTED, _EXTENTS, _INLINE = 0x800, 0x80000, 0x10000000
_EXTRA_SIZE: Final = struct.Struct("<H")
_ATTRIBUTES: Final = 0xEA020000
_ATTRIBUTE: Final = struct.Struct("<BBHII4x")
_SYSTEM: Final = 7
_DATA: Final = b"data"
_PARENT_SIZE: Final = 4

_TREE: Final = struct.Struct("<HHHH4x")
_TREE_MAGIC: Final = 0xF30A
_DEEPEST_TREE: Final = 5
_EXTENT: Final = struct.Struct("<IHHI")
_BRANCH: Final = struct.Struct("<IIH2x")
_UNWRITTEN: Final = 0x8000
_HOLE: Final = -1
_DIRECT: Final = 12
_IN_MEMORY: Final = 8 << 20
_LARGEST_DIRECTORY: Final = 64 << 20
_RECORD: Final = struct.Struct("<IHBB")


class Inode(NamedTuple):
    """A file or directory."""

    number: int
    directory: bool
    file: bool
    size: int
    flags: int
    blocks: bytes
    """Where the content is: 60 bytes that the flags explain."""
    raw: bytes


class Volume:
    """An ext2, ext3 or ext4 file system."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the superblock.

        Raises:
            Corrupt: there is none.
        """
        head = data.read(_SUPERBLOCK_AT, _SUPERBLOCK_SIZE)
        if len(head) < _SUPERBLOCK_SIZE:
            raise Corrupt("no superblock")
        fields = _SUPERBLOCK.unpack_from(head)
        self._inodes, self._first, bits, self._group_blocks, self._group_inodes, magic = fields[:6]
        revision, inode, _, compatible, self._features, self._optional = fields[6:]
        if magic != _MAGIC or bits > _MOST_BLOCK_BITS:
            raise Corrupt("no superblock")
        if not self._group_inodes or not self._group_blocks:
            raise Corrupt("groups without blocks or inodes")
        self._data, self._budget = data, budget
        self._block: int = 1024 << bits
        self._inode = inode if revision else _OLD_INODE
        if not _OLD_INODE <= self._inode <= _MOST_INODE:
            raise Corrupt(f"inodes of {self._inode} bytes")
        size = int.from_bytes(head[_DESCRIPTOR_AT : _DESCRIPTOR_AT + 2], "little")
        self._descriptor = (
            max(size, _DESCRIPTOR_64) if self._features & _64_BITS else _OLD_DESCRIPTOR
        )
        self._meta = int.from_bytes(head[_META_GROUP_AT : _META_GROUP_AT + 4], "little")
        self._spare: tuple[int, ...] | None = None
        if compatible & _SPARSE_SUPER2:
            self._spare = struct.unpack_from("<2I", head, _SPARE_GROUPS_AT)

    def inode(self, number: int) -> Inode | None:
        """The inode of a number; None where there is none."""
        if not 0 < number <= self._inodes:
            return None
        group, index = divmod(number - 1, self._group_inodes)
        raw = self._data.read(self._table(group) + index * self._inode, self._inode)
        if len(raw) < _INODE.size:
            return None
        mode, low, flags, blocks, _, high = _INODE.unpack_from(raw)
        directory, file = mode & _KIND == _DIRECTORY, mode & _KIND == _FILE
        return Inode(number, directory, file, high << 32 | low, flags, blocks, raw)

    def content(self, inode: Inode, size: int | None = None) -> Fmap:
        """The content of an inode, or its first `size` bytes; less where it is damaged.

        Raises:
            Encrypted: it is.
        """
        if inode.flags & _ENCRYPTED:
            raise Encrypted("encrypted")
        size = inode.size if size is None else min(size, inode.size)
        if inode.flags & _INLINE:
            spool = Spool(self._budget.directory, _IN_MEMORY)
            spool.write((inode.blocks + _inline_rest(inode.raw))[:size])
            return spool.finish()
        most = -(-size // self._block) * self._block
        if inode.flags & _EXTENTS:
            extents = self._filled(self._extents(inode.blocks, _DEEPEST_TREE, set()))
        else:
            extents = self._mapped(inode.blocks, size)
        return join(self._data, _within(extents, most), size, self._budget)

    def entries(self, directory: Inode) -> Iterator[tuple[bytes, int]]:
        """Names and inodes' numbers in a directory, without itself and the one above.

        Raises:
            Encrypted: it is.
        """
        content = self.content(directory, _LARGEST_DIRECTORY)
        inline = bool(directory.flags & _INLINE)
        at = _PARENT_SIZE if inline else 0
        while at + _RECORD.size <= len(content):
            self._budget.check_time()
            number, size, name_size, _ = _RECORD.unpack(content.read(at, _RECORD.size))
            size = self._record_size(size)
            name = content.read(at + _RECORD.size, name_size)
            if number and name not in {b".", b".."}:
                yield name, number
            # A size that cannot be ends its block, not the directory.
            left = (len(content) if inline else self._block) - at % self._block
            at += size if _RECORD.size <= size <= left else left

    def _record_size(self, size: int) -> int:
        """A size of 64 KiB does not fit and is told in its lowest bits."""
        if self._block < 1 << 16:
            return size
        return 1 << 16 if size in {0, 0xFFFF} else size & 0xFFFC | (size & 3) << 16

    def _table(self, group: int) -> int:
        """Where the inodes of a group begin."""
        per_block = self._block // self._descriptor
        if self._features & _META_GROUPS and group // per_block >= self._meta:
            first = group // per_block * per_block
            block = self._first + first * self._group_blocks + int(self._has_superblock(first))
            if not first:
                block = max(block, _SUPERBLOCK_AT // self._block + 1)
            at = block * self._block + group % per_block * self._descriptor
        else:
            at = (_SUPERBLOCK_AT // self._block + 1) * self._block + group * self._descriptor
        raw = self._data.read(at, self._descriptor)
        low = int.from_bytes(raw[_TABLE_AT : _TABLE_AT + 4], "little")
        high = int.from_bytes(raw[_TABLE_HIGH_AT : _TABLE_HIGH_AT + 4], "little")
        return (high << 32 | low) * self._block

    def _has_superblock(self, group: int) -> bool:
        if group <= 1 and self._spare is None:
            return True
        if self._spare is not None:
            return group == 0 or group in self._spare
        if not self._optional & _SPARSE_SUPER:
            return True
        return any(_is_power(group, base) for base in (3, 5, 7))

    def _extents(self, node: bytes, depth: int, visited: set[int]) -> Iterator[tuple[int, Extent]]:
        """The extents below a node, each with the block of the content that it begins with."""
        self._budget.check_time()
        if len(node) < _TREE.size:
            raise Corrupt("a node of extents lies outside")
        magic, count, _, levels = _TREE.unpack_from(node)
        if magic != _TREE_MAGIC or levels > depth:
            raise Corrupt("no node of extents")
        count = min(count, len(node) // _TREE.size - 1)
        for at in range(_TREE.size, (count + 1) * _TREE.size, _TREE.size):
            if levels:
                _, low, high = _BRANCH.unpack_from(node, at)
                block = high << 32 | low
                if block not in visited:
                    visited.add(block)
                    child = self._data.read(block * self._block, self._block)
                    yield from self._extents(child, levels - 1, visited)
                continue
            first, length, high, low = _EXTENT.unpack_from(node, at)
            start = (high << 32 | low) * self._block
            if length > _UNWRITTEN:
                start, length = _HOLE, length - _UNWRITTEN
            yield first, Extent(start, length * self._block)

    def _filled(self, extents: Iterator[tuple[int, Extent]]) -> Iterator[Extent]:
        """The extents and the holes between them."""
        done = 0
        for first, extent in extents:
            place = first * self._block
            if place < done:
                raise Corrupt("extents overlap")
            if place > done:
                yield Extent(_HOLE, place - done)
            yield extent
            done = place + extent.size

    def _mapped(self, blocks: bytes, size: int) -> Iterator[Extent]:
        """The extents of a content whose blocks are named one by one."""
        left = -(-size // self._block)
        for index, block in enumerate(struct.unpack("<15I", blocks)):
            steps = max(0, index - _DIRECT + 1)
            for extent in self._steps(block, steps, left):
                left -= extent.size // self._block
                yield extent
            if left <= 0:
                return

    def _steps(self, block: int, steps: int, left: int) -> Iterator[Extent]:
        """At most `left` blocks that `block` leads to."""
        per_block = self._block // 4
        if not block:
            yield Extent(_HOLE, min(left, 1 << (per_block.bit_length() - 1) * steps) * self._block)
            return
        if not steps:
            yield Extent(block * self._block, self._block)
            return
        self._budget.check_time()
        raw = self._data.read(block * self._block, self._block)
        if len(raw) < self._block:
            raise Corrupt(f"block {block}, which names others, lies outside")
        for (number,) in struct.iter_unpack("<I", raw):
            if left <= 0:
                return
            for extent in self._steps(number, steps - 1, left):
                left -= extent.size // self._block
                yield extent


def _within(extents: Iterator[Extent], most: int) -> list[Extent]:
    """The extents of the first `most` bytes, with what is a hole behind them; fewer if damaged."""
    found: list[Extent] = []
    done = 0
    try:
        for extent in extents:
            if done >= most:
                break
            done += extent.size
            if found and extent.start == sum(found[-1]) and found[-1].start >= 0:
                found[-1] = Extent(found[-1].start, found[-1].size + extent.size)
            elif extent.size:
                found.append(extent)
    except Corrupt:
        return found
    if done < most:
        found.append(Extent(_HOLE, most - done))
    return found


def _inline_rest(raw: bytes) -> bytes:
    """What of a content within the inode is beyond 60 bytes: its attribute ``system.data``."""
    (extra,) = _EXTRA_SIZE.unpack_from(raw.ljust(_OLD_INODE + 2, b"\0"), _OLD_INODE)
    start = _OLD_INODE + extra
    if int.from_bytes(raw[start : start + 4], "little") != _ATTRIBUTES:
        return b""
    start += 4
    at = start
    while at + _ATTRIBUTE.size <= len(raw):
        name_size, space, place, inode, size = _ATTRIBUTE.unpack_from(raw, at)
        if not name_size:
            break
        name = raw[at + _ATTRIBUTE.size : at + _ATTRIBUTE.size + name_size]
        if (space, name, inode) == (_SYSTEM, _DATA, 0):
            return raw[start + place : start + place + size]
        at += _ATTRIBUTE.size + -(-name_size // 4) * 4
    return b""


def _is_power(number: int, base: int) -> bool:
    power = base
    while power < number:
        power *= base
    return power == number
