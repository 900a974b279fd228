"""Where an ACE archive begins: at once, or behind the program that unpacks it.

Source: M. Lemke's "Technical information of the archiver ACE v1.2".
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

HEAD: Final = struct.Struct("<HH")
"""Before each header: its checksum and its size."""
_MARK: Final = b"**ACE**"
_KIND_AT: Final = 4
_MARK_AT: Final = 7
_PROGRAM: Final = 1 << 20
_MOST: Final = 64
"""Marks that are looked at; a program may hold one by chance."""


def is_sound(head: bytes, fields: bytes) -> bool:
    """Whether a header has the checksum that stands before it: half a CRC-32 without its end."""
    checksum, size = HEAD.unpack(head)
    return len(fields) == size and bool(~zlib.crc32(fields) & 0xFFFF == checksum)


def begins(head: bytes) -> bool:
    """Whether the first bytes are the header of an archive, be it sound or not."""
    return head[_KIND_AT : _KIND_AT + 1] == b"\0" and head.startswith(_MARK, _MARK_AT)


def header_at(data: Fmap) -> int | None:
    """Where the header of the archive is; None where there is none.

    Behind a program its checksum must fit, as the mark may be there by chance.
    """
    if begins(data.read(0, _MARK_AT + len(_MARK))):
        return 0
    at = 0
    for _ in range(_MOST):
        at = data.find(_MARK, at + 1, min(len(data), _PROGRAM))
        if at < 0:
            return None
        start = at - _MARK_AT
        head = data.read(start, HEAD.size) if start >= 0 else b""
        if len(head) == HEAD.size:
            size = HEAD.unpack(head)[1]
            if is_sound(head, data.read(start + HEAD.size, size)):
                return start
    return None
