"""The header of an lzma-alone stream (LZMA SDK, lzma-file-format.txt), which has no magic.

Only headers as real encoders write them are taken.
"""

from __future__ import annotations

_HEADER_SIZE = 14
_PROPERTIES = 0x5D
"""lc=3, lp=0, pb=2, which every encoder writes unless told otherwise."""
_SIZE_UNKNOWN = b"\xff" * 8
_MAX_SIZE = 1 << 38
_DICTIONARIES = frozenset(
    {size for bit in range(12, 32) for size in (1 << bit, 3 << bit - 1)} | {0xFFFF_FFFF}
)
"""Dictionary sizes that xz takes: 2^n and 2^n + 2^(n-1) from 4 KiB, and all ones for 4 GiB."""


def is_lzma_alone(head: bytes) -> bool:
    """True when `head` is the start of an lzma-alone stream beyond reasonable doubt."""
    if len(head) < _HEADER_SIZE or head[0] != _PROPERTIES or head[13] != 0:
        return False
    dictionary = int.from_bytes(head[1:5], "little")
    size = head[5:13]
    if size != _SIZE_UNKNOWN and int.from_bytes(size, "little") >= _MAX_SIZE:
        return False
    return dictionary in _DICTIONARIES
