"""PNG pictures: their structure, when broken ones shall alert.

Layout: signature, then chunks: length, type, data, checksum (not compared), up to IEND.
Spec: PNG (ISO/IEC 15948), section 5. Yields what is wrong, and a Child for what is behind.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import broken_media, stored_member
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_SIGNATURE_SIZE: Final = 8
_LENGTH_SIZE: Final = 4
_TYPE_SIZE: Final = 4
_CHECKSUM_SIZE: Final = 4
_LONGEST: Final = 0x7FFFFFFF
_HEADER: Final = b"IHDR"
_HEADER_SIZE: Final = 13
_END: Final = b"IEND"


class PngHandler:
    """Looks at the chunks of PNG pictures."""

    TYPES: ClassVar = frozenset({FileType.PNG})
    OPTION: ClassVar = "scan_image alert_broken_media"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is wrong, if anything, and what is behind the picture."""
        reader = Reader(data, _SIGNATURE_SIZE)
        wrong = _fault(reader, budget)
        if wrong:
            yield broken_media("PNG", wrong)
        if reader.remaining:
            rest = reader.view(reader.remaining)
            yield from stored_member(rest, b"", len(rest), budget)


def _fault(reader: Reader, budget: Budget) -> str | None:
    while reader.remaining >= _LENGTH_SIZE:
        budget.check_time()
        length = reader.u32be()
        if length > _LONGEST:
            return "InvalidChunkLength"
        if reader.remaining < _TYPE_SIZE:
            return "EOFReadingChunkType"
        name = reader.take(_TYPE_SIZE)
        if reader.remaining < length:
            return "EOFReadingChunk"
        chunk = reader.peek(_HEADER_SIZE)
        reader.skip(length)
        if name == _HEADER and not _is_header(length, chunk):
            return None  # ClamAV says nothing of these
        if reader.remaining < _CHECKSUM_SIZE:
            return "EOFReadingChunkCRC"
        reader.skip(_CHECKSUM_SIZE)
        if name == _END:
            break
    return None


def _is_header(length: int, chunk: bytes) -> bool:
    edges = struct.unpack_from(">II", chunk) if length == _HEADER_SIZE else ()
    return bool(edges) and all(0 < edge <= _LONGEST for edge in edges)
