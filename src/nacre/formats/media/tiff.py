"""TIFF pictures: their structure, when broken ones shall alert.

Layout: byte order, a version, the offset of the first directory; a directory is a count, entries
(tag, type, count, value or its offset) and the offset of the next one, 0 at the last.
Spec: TIFF 6.0, section 2. Yields what is wrong. Names of alerts are ClamAV's, one of them odd.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import broken_media
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_VERSION: Final = 42
_HEADER_SIZE: Final = 4
_COUNT_SIZE: Final = 2
_INLINE: Final = 4
"""Values of up to so many bytes stand in the entry itself."""
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of one value of each type."""


class TiffHandler:
    """Looks at the directories of TIFF pictures."""

    TYPES: ClassVar = frozenset({FileType.TIFF})
    OPTION: ClassVar = "scan_image alert_broken_media"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is wrong, if anything."""
        wrong = _fault(data, budget)
        if wrong:
            yield broken_media("TIFF", wrong)


def _fault(data: Fmap, budget: Budget) -> str | None:
    order = "<" if data.read(0, 1) == b"I" else ">"
    offset_layout = struct.Struct(order + "I")
    if _field(data, 2, struct.Struct(order + "H")) != (_VERSION,):
        return None
    first = _field(data, _HEADER_SIZE, offset_layout)
    if first is None:
        return "EOFReadingFirstIFDOffset"
    if not first[0]:
        return "InvalidIFDOffset"
    place = first[0]
    while True:
        entries, wrong = _entries(data, place, order, budget)
        if wrong:
            return wrong
        following = _field(data, entries, offset_layout)
        if following is None:
            return "EOFReadingChunkCRC"
        if following[0] <= place:
            return "OutOfOrderIFDOffset" if following[0] else None
        place = following[0]


def _entries(data: Fmap, place: int, order: str, budget: Budget) -> tuple[int, str | None]:
    """Where the entries of a directory end, and what is wrong with one."""
    count = _field(data, place, struct.Struct(order + "H"))
    if count is None:
        return place, "EOFReadingNumIFDDirectoryEntries"
    layout = struct.Struct(order + "HHII")
    at = place + _COUNT_SIZE
    for _ in range(count[0]):
        budget.check_time()
        entry = _field(data, at, layout)
        if entry is None:
            return at, "EOFReadingIFDEntry"
        at += layout.size
        size = _SIZES.get(entry[1], 0) * entry[2]
        if size > _INLINE and entry[3] + size > len(data):
            return at, "OutOfBoundsAccess"
    return at, None


def _field(data: Fmap, at: int, layout: struct.Struct) -> tuple[int, ...] | None:
    raw = data.read(at, layout.size)
    return layout.unpack(raw) if len(raw) == layout.size else None
