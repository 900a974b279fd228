"""Where squashfs images begin: at once, or behind a program or a loader.

Layout: AppImages are a program with an image behind it, firmware has it behind a kernel. A
superblock is 96 bytes: magic, size of blocks at 12, compression at 20, size of blocks again as a
power of two at 22, version at 28, size of the image at 40.
Spec: Linux, Documentation/filesystems/squashfs.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

MAGIC: Final = b"hsqs"
_SUPERBLOCK: Final = struct.Struct("<12xI4xHH4xHH8xQ48x")
_VERSION: Final = (4, 0)
_BLOCK_BITS: Final = range(12, 21)
_COMPRESSIONS: Final = range(1, 7)
_BEGIN: Final = re.compile(rb"hsqs(?=.{24}\x04\0\0\0)", re.DOTALL)
"""With the version."""
_PIECE: Final = 1 << 20


def images(data: Fmap) -> Iterator[int]:
    """Where images begin; at 0 whatever the superblock says, further on if it is plausible."""
    if data.read(0, len(MAGIC)) == MAGIC:
        yield 0
    size = len(data)
    at = data.find(MAGIC, 1, size)
    while 0 <= at < size and (piece := data.read(at, _PIECE)):
        for found in _BEGIN.finditer(piece):
            place = at + found.start()
            head = data.read(place, _SUPERBLOCK.size)
            if place and len(head) == _SUPERBLOCK.size and _plausible_size(head):
                yield place
        at += max(1, len(piece) - _SUPERBLOCK.size) if at + len(piece) < size else len(piece)


def _plausible_size(head: bytes) -> int:
    block, compression, bits, major, minor, image = _SUPERBLOCK.unpack(head)
    if (major, minor) != _VERSION or compression not in _COMPRESSIONS or bits not in _BLOCK_BITS:
        return 0
    return int(image) if block == 1 << bits and image >= _SUPERBLOCK.size else 0
