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

from nacre.filetype.places import places

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


def images(data: Fmap) -> Iterator[int]:
    """Where images begin; at 0 whatever the superblock says, further on if it is plausible."""
    if data.read(0, len(MAGIC)) == MAGIC:
        yield 0
    first = data.find(MAGIC, 1, len(data))
    for place in places(data, _BEGIN, _SUPERBLOCK.size, first) if first > 0 else ():
        head = data.read(place, _SUPERBLOCK.size)
        if len(head) == _SUPERBLOCK.size and _plausible_size(head):
            yield place


def _plausible_size(head: bytes) -> int:
    block, compression, bits, major, minor, image = _SUPERBLOCK.unpack(head)
    if (major, minor) != _VERSION or compression not in _COMPRESSIONS or bits not in _BLOCK_BITS:
        return 0
    return int(image) if block == 1 << bits and image >= _SUPERBLOCK.size else 0
