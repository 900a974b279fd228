"""Formats that ClamAV has no type for, by their first bytes.

To signatures such a layer is what ClamAV takes it for, untyped data or text; nacre opens it all the
same. So no `.ftm` decides about these, and no signature can name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.filetype.lzma import is_lzma_alone
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_HEAD_SIZE = 16
_MAGICS = (
    (b"!<arch>\n", FileType.AR),  # ar(5)
    (b"ActiveMime", FileType.ACTIVEMIME),
    (b"\xed\xab\xee\xdb", FileType.RPM),  # the lead of RPM's file format
)


def own_type(data: Fmap) -> FileType | None:
    """The format of a layer that is untyped data or text to ClamAV, if it is one of these."""
    head = data.read(0, _HEAD_SIZE)
    for magic, file_type in _MAGICS:
        if head.startswith(magic):
            return file_type
    return FileType.LZMA if is_lzma_alone(head) else None
