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
_XML = b"<?xml"
_XML_HEAD = 1024
_FLAT_OFFICE = (b"<pkg:package", b"<office:document")
"""Roots of documents in one XML file: ECMA-376 part 2, OpenDocument 1.3 part 3, 3.1."""


def own_type(data: Fmap) -> FileType | None:
    """The format of a layer that is untyped data or text to ClamAV, if it is one of these."""
    head = data.read(0, _HEAD_SIZE)
    for magic, file_type in _MAGICS:
        if head.startswith(magic):
            return file_type
    if head.startswith(_XML) and any(root in data.read(0, _XML_HEAD) for root in _FLAT_OFFICE):
        return FileType.FLAT_OFFICE
    return FileType.LZMA if is_lzma_alone(head) else None
