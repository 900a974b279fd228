"""Where squashfs images begin: at once, or behind a program or a loader.

Layout: AppImages are a program with an image behind it, firmware has it behind a kernel. A
superblock is 96 bytes: magic, size of blocks at 12, compression at 20, size of blocks again as a
power of two at 22, version at 28, size of the image at 40.
Spec: Linux, Documentation/filesystems/squashfs.
"""

from __future__ import annotations

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
_MOST: Final = 256
"""Magics that are looked at; data may hold them by chance."""


def images(data: Fmap) -> Iterator[int]:
    """Where images begin; at 0 whatever the superblock says, further on if it is plausible."""
    size = len(data)
    at = data.find(MAGIC, 0, size)
    for _ in range(_MOST):
        if at < 0:
            return
        head = data.read(at, _SUPERBLOCK.size)
        image = _plausible_size(head) if len(head) == _SUPERBLOCK.size else 0
        if image or not at:
            yield at
        at = data.find(MAGIC, at + max(image, len(MAGIC)), size)


def _plausible_size(head: bytes) -> int:
    block, compression, bits, major, minor, image = _SUPERBLOCK.unpack(head)
    if (major, minor) != _VERSION or compression not in _COMPRESSIONS or bits not in _BLOCK_BITS:
        return 0
    return int(image) if block == 1 << bits and image >= _SUPERBLOCK.size else 0
