"""GIF pictures: their structure, when broken ones shall alert.

Layout: signature, screen descriptor, colour table, then blocks up to a trailer: extensions and
images, each a head and a chain of sub-blocks (a size, so many bytes) up to an empty one.
Spec: GIF89a, sections 15 to 27. Yields what is wrong. A missing trailer behind an image is fine, as
in ClamAV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import broken_media
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_SIGNATURE_SIZE: Final = 6
_SCREEN_SIZE: Final = 7
_IMAGE_SIZE: Final = 9
_HAS_TABLE: Final = 0x80
_TABLE_SIZE: Final = 0x07
_EXTENSION: Final = 0x21
_GRAPHIC_CONTROL: Final = 0xF9
_GRAPHIC_CONTROL_SIZE: Final = 6
_IMAGE: Final = 0x2C
_TRAILER: Final = 0x3B


class GifHandler:
    """Looks at the blocks of GIF pictures."""

    TYPES: ClassVar = frozenset({FileType.GIF})
    OPTION: ClassVar = "scan_image alert_broken_media"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is wrong, if anything."""
        wrong = _fault(Reader(data, _SIGNATURE_SIZE), budget)
        if wrong:
            yield broken_media("GIF", wrong)


def _fault(reader: Reader, budget: Budget) -> str | None:
    if reader.remaining < _SCREEN_SIZE:
        return "TruncatedScreenDescriptor"
    table = _table_size(reader.take(_SCREEN_SIZE)[4])
    if reader.remaining < table:
        return "TruncatedGlobalColorTable"
    reader.skip(table)
    images = 0
    while True:
        budget.check_time()
        if not reader.remaining:
            return None if images else "MissingImageData"
        label = reader.u8()
        if label == _TRAILER:
            return None
        if label == _EXTENSION:
            wrong = _extension(reader, budget)
        elif label == _IMAGE:
            images += 1
            wrong = _image(reader, budget)
        else:
            wrong = "UnknownBlockLabel"
        if wrong:
            return wrong


def _extension(reader: Reader, budget: Budget) -> str | None:
    if not reader.remaining:
        return "TruncatedExtension"
    if reader.u8() == _GRAPHIC_CONTROL:  # ClamAV takes its size for granted
        reader.skip(_GRAPHIC_CONTROL_SIZE)
        return None
    return _sub_blocks(reader, budget, "TruncatedExtension", "TruncatedExtensionSubBlock")


def _image(reader: Reader, budget: Budget) -> str | None:
    if reader.remaining < _IMAGE_SIZE:
        return "TruncatedImageDescriptor"
    table = _table_size(reader.take(_IMAGE_SIZE)[8])
    code_size = 1
    reader.skip(table + code_size)
    return _sub_blocks(reader, budget, "TruncatedImageDataBlock", "TruncatedImageDataBlock")


def _table_size(flags: int) -> int:
    return 3 << (flags & _TABLE_SIZE) + 1 if flags & _HAS_TABLE else 0


def _sub_blocks(reader: Reader, budget: Budget, no_size: str, no_data: str) -> str | None:
    """Go behind the empty sub-block; what is wrong when the layer ends first."""
    while reader.remaining:
        budget.check_time()
        size = reader.u8()
        if not size:
            return None
        if reader.remaining < size:
            return no_data
        reader.skip(size)
    return no_size
