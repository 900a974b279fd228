"""Files that HFS+ keeps compressed: an attribute says how, and has the content or a hint where.

Layout: the attribute ``com.apple.decmpfs`` is ``fpmc``, method, size, and for odd methods the
content; for even ones it is in the resource fork in blocks of 64 KiB, behind a table of their
offsets. A block may say by its first byte that it is stored.
Spec: none was published; this follows what is known of methods 1, 3 and 4 (zlib), 7 and 8 (LZVN),
9 and 10 (stored), 11 and 12 (LZFSE).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import apple, zlib
from nacre.model.errors import Corrupt, Unsupported
from nacre.model.fmap import Fmap, Spool
from nacre.parsers.extents import append

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

NAME: Final = b"com.apple.decmpfs"
_HEADER: Final = struct.Struct("<4sIQ")
_MAGIC: Final = b"fpmc"
_BLOCK: Final = 64 << 10
_IN_MEMORY: Final = 8 << 20
_FORK_HEADER: Final = struct.Struct(">I")
_ZLIB_TABLE: Final = struct.Struct("<I")
_ZLIB_ENTRY: Final = struct.Struct("<2I")
_OFFSET: Final = struct.Struct("<I")
_MOST_BLOCKS: Final = 1 << 20
_ZLIB, _LZVN, _STORED, _LZFSE = "zlib", "lzvn", "stored", "lzfse"
_METHODS: Final = {
    1: _STORED, 3: _ZLIB, 4: _ZLIB, 7: _LZVN, 8: _LZVN, 9: _STORED, 10: _STORED,
    11: _LZFSE, 12: _LZFSE,
}  # fmt: skip
_IN_FORK: Final = frozenset({4, 8, 10, 12})
_STORED_MARKS: Final = {
    _ZLIB: frozenset(bytes((high | 0x0F,)) for high in range(0, 256, 16)),
    _LZVN: frozenset({b"\x06"}),  # the code for the end
    _LZFSE: frozenset({b"\xff"}),
}
"""The first byte of a block that is not compressed."""


class Compressed(NamedTuple):
    """What the attribute says."""

    method: int
    size: int
    inline: bytes

    @property
    def in_fork(self) -> bool:
        """True when the resource fork holds the content."""
        return self.method in _IN_FORK


def parse(attribute: bytes) -> Compressed:
    """Read the attribute.

    Raises:
        Corrupt: it is none of this kind.
        Unsupported: the method is not known.
    """
    if len(attribute) < _HEADER.size or not attribute.startswith(_MAGIC):
        raise Corrupt("no header of a compressed file")
    _, method, size = _HEADER.unpack_from(attribute)
    if method not in _METHODS:
        raise Unsupported(f"method {method} of compressed files")
    return Compressed(method, size, attribute[_HEADER.size :])


def content(compressed: Compressed, fork: Fmap, budget: Budget) -> Fmap:
    """The content as far as it can be decoded, at most one byte more than a child may have."""
    method = _METHODS[compressed.method]
    most = min(compressed.size, budget.allowance() + 1)
    if not compressed.in_fork:
        return _block(method, Fmap.from_bytes(compressed.inline), most, budget)
    spool = Spool(budget.directory, _IN_MEMORY)
    for start, size in _zlib_blocks(fork) if method == _ZLIB else _blocks(fork):
        if len(spool) >= most:
            break
        wanted = min(_BLOCK, most - len(spool))
        piece = _block(method, fork.slice(start, size), wanted, budget)
        append(spool, piece, budget)
        if len(piece) < wanted:
            break
    return spool.finish()


def _zlib_blocks(fork: Fmap) -> Iterator[tuple[int, int]]:
    """Offset and size of each block: a table in the one resource of a fork."""
    head = fork.read(0, _FORK_HEADER.size)
    if len(head) < _FORK_HEADER.size:
        return
    start = _FORK_HEADER.unpack(head)[0] + _FORK_HEADER.size
    head = fork.read(start, _ZLIB_TABLE.size)
    if len(head) < _ZLIB_TABLE.size:
        return
    count = min(_ZLIB_TABLE.unpack(head)[0], _MOST_BLOCKS)
    table = fork.read(start + _ZLIB_TABLE.size, count * _ZLIB_ENTRY.size)
    for offset, size in _ZLIB_ENTRY.iter_unpack(table[: len(table) // 8 * 8]):
        yield start + offset, size


def _blocks(fork: Fmap) -> Iterator[tuple[int, int]]:
    """Offset and size of each block: offsets up to the first block, the last one the end."""
    head = fork.read(0, _OFFSET.size)
    if len(head) < _OFFSET.size:
        return
    count = min(_OFFSET.unpack(head)[0] // _OFFSET.size, _MOST_BLOCKS)
    table = fork.read(0, count * _OFFSET.size)
    offsets = [offset for (offset,) in _OFFSET.iter_unpack(table[: len(table) // 4 * 4])]
    for number in range(len(offsets) - 1):
        start, end = offsets[number : number + 2]
        yield start, max(0, end - start)


def _block(method: str, body: Fmap, most: int, budget: Budget) -> Fmap:
    if method == _STORED:
        return body.slice(0, most)
    if body.read(0, 1) in _STORED_MARKS[method]:
        return body.slice(1, most)
    if method == _ZLIB:
        return zlib.decode(body, budget, max_output=most).data
    decode = apple.lzvn if method == _LZVN else apple.lzfse
    return decode(body, budget, most, max_output=most).data
