"""The structures of a squashfs image, version 4.0.

Layout: the superblock; the blocks of files and of fragments, which are the ends of several files
together; tables of inodes, directories, and places of fragments, cut into metadata blocks of 8 KiB
and compressed like all else. An inode is named by where its metadata block begins, in the table,
and its place in there. Spec: Linux, Documentation/filesystems/squashfs.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import lz4, lzma, lzop, xz, zlib, zstd
from nacre.model.errors import Corrupt, LimitExceeded, Truncated, Unsupported
from nacre.model.fmap import Spool
from nacre.parsers.extents import append, append_zeros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SUPERBLOCK: Final = struct.Struct("<4s8xIIHHHHHHQ8x8x8xQQQ")
MAGIC: Final = b"hsqs"
_VERSION: Final = (4, 0)
_BLOCK_BITS: Final = range(12, 21)
_METADATA: Final = 8 << 10
_PLAIN_METADATA: Final = 0x8000
_PLAIN_BLOCK: Final = 1 << 24
_KEPT: Final = 256
"""Metadata blocks and fragments kept for who comes back to them."""
_KEPT_FRAGMENTS: Final = 16

_HEAD: Final = struct.Struct("<H14x")
_DIRECTORY: Final = struct.Struct("<I4xHH4x")
_LONG_DIRECTORY: Final = struct.Struct("<4xII4x2xH4x")
_FILE: Final = struct.Struct("<IIII")
_LONG_FILE: Final = struct.Struct("<QQ8x4xII4x")
_FOLDER_KINDS: Final = frozenset({1, 8})
_FILE_KINDS: Final = frozenset({2, 9})
_LONG: Final = 7
"""From here on, kinds of inodes have longer forms."""
_DOTS: Final = 3  # what a directory's size has more than its records
_RECORDS: Final = struct.Struct("<III")
_RECORD: Final = struct.Struct("<HhHH")
_MOST_RECORDS: Final = 256
_FRAGMENT: Final = struct.Struct("<QI4x")
_NO_FRAGMENT: Final = 0xFFFFFFFF
_PER_BLOCK: Final = _METADATA // _FRAGMENT.size

_DECODERS: Final[dict[int, Callable[..., Decoded]]] = {
    1: zlib.decode,
    2: lzma.decode,
    3: lzop.decode_block,
    4: xz.decode,
    5: lz4.decode_block,
    6: zstd.decode,
}


class Entry(NamedTuple):  # a tuple, because one is made per file
    """What a directory says of a file."""

    name: bytes
    inode: int


class Folder(NamedTuple):
    """A directory: where its records are."""

    block: int
    place: int
    size: int


class File(NamedTuple):
    """A file: where its blocks begin, their sizes, and the fragment with its end."""

    start: int
    size: int
    blocks: tuple[int, ...]
    fragment: int
    place: int


class Volume:
    """A squashfs image."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        """Read the superblock.

        Raises:
            Corrupt: there is none.
            Unsupported: it is of another version or compression.
        """
        head = data.read(0, _SUPERBLOCK.size)
        if len(head) < _SUPERBLOCK.size:
            raise Truncated("the superblock is cut")
        magic, block, self._fragments, method, bits, _, _, *version = _SUPERBLOCK.unpack(head)[:9]
        self.root, self._inodes, self._folders, self._ends = _SUPERBLOCK.unpack(head)[9:]
        if magic != MAGIC:
            raise Corrupt("no superblock")
        if tuple(version) != _VERSION:
            raise Unsupported(f"squashfs {version[0]}.{version[1]}")
        if method not in _DECODERS:
            raise Unsupported(f"compression {method}")
        if bits not in _BLOCK_BITS or block != 1 << bits:
            raise Corrupt(f"blocks of {block} bytes")
        self._data, self._budget = data, budget
        self._decode = _DECODERS[method]
        self._block: int = block
        self._metadata: dict[int, tuple[bytes, int]] = {}
        self._decoded: dict[int, Fmap] = {}
        self._seen: set[int] = set()

    def inode(self, reference: int) -> File | Folder | None:
        """The inode of a reference, None for what is neither a file nor a directory.

        Raises:
            FormatError: it cannot be read.
        """
        cursor = _Cursor(self, self._inodes + (reference >> 16), reference & 0xFFFF)
        (kind,) = cursor.unpack(_HEAD)
        if kind in _FOLDER_KINDS:
            if kind > _LONG:
                size, block, place = cursor.unpack(_LONG_DIRECTORY)
            else:
                block, size, place = cursor.unpack(_DIRECTORY)
            return Folder(block, place, max(0, size - _DOTS))
        if kind not in _FILE_KINDS:
            return None
        if kind > _LONG:
            start, size, fragment, place = cursor.unpack(_LONG_FILE)
        else:
            start, fragment, place, size = cursor.unpack(_FILE)
        return File(start, size, self._sizes(cursor, size, fragment), fragment, place)

    def entries(self, folder: Folder) -> Iterator[Entry]:
        """The entries of a directory.

        Raises:
            FormatError: they cannot be read.
        """
        cursor = _Cursor(self, self._folders + folder.block, folder.place)
        end = folder.size
        while cursor.taken + _RECORDS.size <= end:
            count, start, _ = cursor.unpack(_RECORDS)
            if count >= _MOST_RECORDS:
                raise Corrupt(f"{count + 1} directory records at once")
            for _ in range(count + 1):
                place, _, _, size = cursor.unpack(_RECORD)
                yield Entry(cursor.take(size + 1), start << 16 | place)

    def content(self, file: File) -> Fmap:
        """The content of a file, less where it is damaged."""
        spool = Spool(self._budget.directory, 8 << 20)
        at = file.start
        for size in file.blocks:
            wanted = min(self._block, file.size - len(spool))
            self._budget.check_time()
            stored = size & ~_PLAIN_BLOCK
            if not stored:
                append_zeros(spool, wanted, self._budget)
                continue
            block = self._unpacked(at, size)
            append(spool, block.slice(0, wanted), self._budget)
            if len(block) < wanted:
                return spool.finish()
            at += stored
        if file.fragment != _NO_FRAGMENT:
            wanted = file.size - len(spool)
            append(spool, self._fragment(file.fragment).slice(file.place, wanted), self._budget)
        return spool.finish()

    def metadata(self, at: int) -> tuple[bytes, int]:
        """A metadata block, and where the next one begins.

        Raises:
            FormatError: it cannot be read.
        """
        kept = self._metadata.get(at)
        if kept is not None:
            return kept
        self._budget.check_time()
        head = self._data.read(at, 2) if at < len(self._data) else b""
        if len(head) < 2:  # noqa: PLR2004 a size
            raise Truncated(f"metadata at {at} lies outside")
        size = int.from_bytes(head, "little")
        stored = self._data.slice(at + 2, size & ~_PLAIN_METADATA)
        if not size & _PLAIN_METADATA:
            decoded = self._decode(stored, self._budget, max_output=_METADATA)
            stored = decoded.data
        found = stored.read(0, _METADATA)
        if not found:
            raise Corrupt(f"metadata at {at} is damaged")
        while len(self._metadata) >= _KEPT:
            del self._metadata[next(iter(self._metadata))]
        self._metadata[at] = found, at + 2 + (size & ~_PLAIN_METADATA)
        return self._metadata[at]

    def _sizes(self, cursor: _Cursor, size: int, fragment: int) -> tuple[int, ...]:
        """The sizes of a file's blocks, unless it is too large to be looked at."""
        if not self._budget.fits(size):
            return ()
        count = size // self._block + (fragment == _NO_FRAGMENT and size % self._block > 0)
        if count > len(self._data) * _METADATA:
            raise Corrupt(f"a file of {size} bytes")
        return struct.unpack(f"<{count}I", cursor.take(4 * count))

    def _unpacked(self, at: int, size: int) -> Fmap:
        stored = self._data.slice(at, size & ~_PLAIN_BLOCK)
        if size & _PLAIN_BLOCK:
            return stored.slice(0, self._block)
        return self._decode(stored, self._budget, max_output=self._block).data

    def _fragment(self, number: int) -> Fmap:
        """The ends of several files."""
        kept = self._decoded.get(number)
        if kept is not None:
            return kept
        try:
            start, size = self._fragment_place(number)
        except (Corrupt, Truncated):
            return self._data.slice(0, 0)
        block = self._unpacked(start, size)
        if number in self._seen:  # not as its writer orders files
            self._budget.waste(len(block))
            if len(block) > self._budget.shared_allowance():
                raise LimitExceeded("MaxScanSize", "fragments were decoded again too often")
        self._seen.add(number)
        while len(self._decoded) >= _KEPT_FRAGMENTS:
            del self._decoded[next(iter(self._decoded))]
        self._decoded[number] = block
        return block

    def _fragment_place(self, number: int) -> tuple[int, int]:
        if number >= self._fragments:
            raise Corrupt(f"fragment {number} of {self._fragments}")
        index, place = divmod(number, _PER_BLOCK)
        at = int.from_bytes(self._data.read(self._ends + 8 * index, 8), "little")
        start, size = _Cursor(self, at, place * _FRAGMENT.size).unpack(_FRAGMENT)
        return start, size


class _Cursor:
    """Reads on through metadata blocks."""

    def __init__(self, volume: Volume, block: int, place: int) -> None:
        self._volume = volume
        self._next = block
        self._rest = b""
        self._skip = place
        self.taken = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        pieces: list[bytes] = []
        left = size
        while left > 0:
            if not self._rest:
                found, self._next = self._volume.metadata(self._next)
                self._rest, self._skip = found[self._skip :], max(0, self._skip - len(found))
                continue
            pieces.append(self._rest[:left])
            self._rest = self._rest[left:]
            left -= len(pieces[-1])
        self.taken += size
        return b"".join(pieces)

    def unpack(self, layout: struct.Struct) -> tuple[int, ...]:
        """The next fields, laid out as `layout`."""
        return layout.unpack(self.take(layout.size))
