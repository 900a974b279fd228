"""JPEG pictures: their structure, when broken ones shall alert, and a comment that is an exploit.

Layout: segments up to the first scan: FF, a marker, a length that counts itself, data. JFIF, Exif
and SPIFF are application segments that have their places.
Spec: ITU T.81 annex B, JFIF 1.02, Exif 2.3, ITU T.84. Yields what is wrong; names
of alerts and what they are about are ClamAV's. A comment of length 0 or 1 overran GDI+ (MS04-028).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import broken_media
from nacre.model.event import Finding
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_SIGNATURE_SIZE: Final = 2
_REACH: Final = 16
"""Bytes in which a marker must be found, itself included."""
_LENGTH_SIZE: Final = 2
_PREFIX: Final = 0xFF
_EOI, _SOS, _COM = 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP8, _APP13, _JPG7 = 0xE0, 0xE1, 0xE8, 0xED, 0xF7
_DTI, _DTT = 0xF1, 0xF2
_LAST: Final = frozenset({_SOS, _JPG7})
_JFIF, _EXIF, _SPIFF, _XMP = b"JFIF\0", b"Exif\0\0", b"SPIFF\0", b"http://"
_SHORTEST: Final = 16
_LATEST: Final = 3
"""The last of the segments that Exif may be behind JFIF."""
_EXPLOIT: Final = Finding("Heuristics.Exploit.W32.MS04-028", "heuristic_alerts")


class JpegHandler:
    """Looks at the segments of JPEG pictures."""

    TYPES: ClassVar = frozenset({FileType.JPEG})
    OPTION: ClassVar = "scan_image alert_broken_media"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is wrong, if anything."""
        wrong = _Segments(data).fault(budget)
        if isinstance(wrong, str):
            yield broken_media("JPEG", wrong)
        elif wrong is not None:
            yield wrong


class _Segments:
    """Goes through the segments and remembers which there were."""

    def __init__(self, data: Fmap) -> None:
        self._reader = Reader(data, _SIGNATURE_SIZE)
        self._number = 0
        self._remark = False
        """Whether there was a comment, XMP or Photoshop's segment: they may precede the others."""
        self._seen: set[bytes] = set()
        self._previous = 0

    def fault(self, budget: Budget) -> str | Finding | None:
        """What is wrong with the first segment that is; None when the scan is reached."""
        while True:
            budget.check_time()
            marker = self._marker()
            if marker is None:
                return "SpuriousBytesBeforeSegment"
            self._number += 1
            wrong = self._segment(marker)
            if wrong is not None or marker in _LAST:
                return wrong
            self._previous = marker

    def _marker(self) -> int | None:
        """The next marker; None when there is none in reach, 0 at the end of the layer."""
        prefixed = False
        for _ in range(_REACH):
            if not self._reader.remaining:
                return 0
            byte = self._reader.u8()
            if prefixed and byte != _PREFIX:
                return byte
            prefixed = byte == _PREFIX
        return None

    def _segment(self, marker: int) -> str | Finding | None:
        reader = self._reader
        if reader.remaining < _LENGTH_SIZE:
            return "CantReadSegmentSize"
        size = reader.u16be()
        if size < _LENGTH_SIZE:
            return _EXPLOIT if marker == _COM else "InvalidSegmentSize"
        if reader.remaining + 1 < size - _LENGTH_SIZE:  # ClamAV gives a byte in
            return "SegmentDataOutOfFile"
        head = reader.peek(_SHORTEST)
        reader.skip(size - _LENGTH_SIZE)
        return self._misplaced(marker, head, size)

    def _misplaced(self, marker: int, head: bytes, size: int) -> str | None:
        if marker == _APP0 and head.startswith(_JFIF):
            return self._jfif(size)
        if marker == _APP1 and head.startswith(_EXIF):
            return self._exif(size)
        if marker == _APP8 and head.startswith(_SPIFF):
            return self._spiff(size)
        xmp = marker == _APP1 and head.startswith(_XMP)
        self._remark = self._remark or xmp or marker in {_COM, _APP13}
        return self._unfit(marker)

    def _unfit(self, marker: int) -> str | None:
        if marker == _EOI:
            return "NoImages"
        if marker == _JPG7 and self._seen:
            return "AppMarkerBeforeJPG7"
        if marker == _DTT and self._previous != _DTI:
            return "DTTMissingDTISegment"
        return None

    def _jfif(self, size: int) -> str | None:
        preceded = (_EXIF in self._seen) + self._remark
        if _JFIF in self._seen:
            return "JFIFdupAppMarker"
        if self._number > 1 + preceded:
            return "JFIFmarkerBadPosition"
        if size < _SHORTEST:
            return "JFIFheaderTooShort"
        self._seen.add(_JFIF)
        return None

    def _exif(self, size: int) -> str | None:
        if self._seen & {_EXIF, _SPIFF}:
            return "ExifDupAppMarker"
        if self._number > _LATEST and not self._remark and _JFIF in self._seen:
            return "ExifHeaderBadPosition"
        if size < _SHORTEST:
            return "ExifHeaderTooShort"
        self._seen.add(_EXIF)
        return None

    def _spiff(self, size: int) -> str | None:
        if self._seen:
            return "SPIFFdupAppMarker"
        if self._number > 1 + self._remark:
            return "SPIFFmarkerBadPosition"
        if size < _SHORTEST:
            return "SPIFFheaderTooShort"
        self._seen.add(_SPIFF)
        return None
