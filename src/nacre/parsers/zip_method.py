"""The compression methods of ZIP members, by number.

Spec: APPNOTE.TXT 4.4.5. A decoder of a method that marks its end gets all that follows the header,
because it knows that end better than a header that lies; the others get the packed data and the
size of the content.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import bzip2, deflate, deflate64, lzma, pkzip, xz, zstd
from nacre.parsers import zip as structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

STORED: Final = 0
DEFLATE: Final = 8
_SHRINK: Final = 1
_REDUCE: Final = range(2, 6)
_IMPLODE: Final = 6
_LZMA: Final = 14
_PPMD: Final = 98
_ENDING: Final[dict[int, Callable[..., Decoded]]] = {
    DEFLATE: deflate.decode,
    9: deflate64.decode,
    10: pkzip.dcl,
    12: bzip2.decode,
    20: zstd.decode,
    93: zstd.decode,
    95: xz.decode,
}
_NAMES: Final = {94: "mp3", 96: "jpeg", 97: "wavpack", 99: "AES"}


class Reading(NamedTuple):
    """How a member's data may be meant."""

    method: int
    packed: int
    size: int
    guess: bool = False
    """Nobody says so: only a reading that works out counts."""


Unpacked = tuple["Fmap", str, int]
"""Content, how decoding ended, bytes of the archive that it took."""


def unpack(source: Fmap, flags: int, reading: Reading, budget: Budget) -> Unpacked | None:
    """What `reading` makes of data that begins with the member's; None for unknown methods."""
    if reading.method == STORED:
        piece = source.slice(0, reading.packed)
        taken = len(piece)
        allowance = budget.allowance()
        if taken > allowance:
            return piece.slice(0, allowance), "limit", taken
        return piece, "done" if taken == reading.packed else "truncated", taken
    decode = _decoder(reading.method, flags, reading.size)
    if decode is None:
        return None
    if is_sized(reading.method) and reading.packed:
        source = source.slice(0, reading.packed)
    decoded = decode(source, budget)
    if decoded.status == "limit" and not is_cut(decoded.data, budget):
        budget.waste(len(decoded.data))
    return decoded.data, decoded.status, decoded.consumed


def is_cut(piece: Fmap, budget: Budget) -> bool:
    """True when content ends where MaxFileSize does."""
    return 0 < budget.limits.max_file_size == len(piece)


def method_name(method: int) -> str:
    """The name of a method that is not decoded."""
    return _NAMES.get(method, "unknown")


def is_sized(method: int) -> bool:
    """True when data of `method` goes on until the size that a header gives."""
    return _SHRINK <= method <= _IMPLODE or method == _PPMD


def _decoder(method: int, flags: int, size: int) -> Callable[..., Decoded] | None:
    """What decodes a member's data; None for a method that is not known."""
    if method == _SHRINK:
        return partial(pkzip.shrink, size=size)
    if method in _REDUCE:
        return partial(pkzip.reduce, size=size, factor=method - _REDUCE.start + 1)
    if method == _IMPLODE:
        return partial(
            pkzip.implode,
            size=size,
            large_window=bool(flags & structure.LARGE_WINDOW),
            literal_tree=bool(flags & structure.LITERAL_TREE),
        )
    if method == _PPMD:
        return partial(pkzip.ppmd, size=size)
    if method == _LZMA:
        ends_itself = flags & (structure.DESCRIPTOR | structure.END_MARKER)
        return partial(lzma.decode_zip, size=None if ends_itself else size)
    return _ENDING.get(method)
