"""Property sets: title, author and dates in two streams of office documents.

Layout: a header with the place of a section; there pairs of a number and a place, and at each place
a type and a value. The number 1 is the code page of the texts.
Spec: MS-OLEPS 2.21, 2.15; MS-OSHARED 2.3.3.2 for the numbers. Names are ClamAV's.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from nacre.parsers.code_pages import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY: Final = {
    1: "CodePage", 2: "Title", 3: "Subject", 4: "Author", 5: "Keywords", 6: "Comments",
    7: "Template", 8: "LastAuthor", 9: "RevNumber", 11: "LastPrinted", 12: "CreatedTime",
    13: "ModifiedTime", 14: "PageCount", 15: "WordCount", 16: "CharCount", 18: "AppName",
    19: "Security",
}  # fmt: skip
DOCUMENT_SUMMARY: Final = {
    1: "CodePage", 2: "Category", 3: "PresentationTarget", 4: "Bytes", 5: "Lines",
    6: "Paragraphs", 7: "Slides", 8: "Notes", 9: "HiddenSlides", 10: "MMClips", 11: "Scale",
    14: "Manager", 15: "Company", 16: "LinksDirty", 17: "Char&WSCount", 19: "SharedDoc",
    22: "HyperLinksChanged", 23: "Version", 24: "DigitalSig", 26: "ContentType",
    27: "ContentStatus", 28: "Language", 29: "DocVersion",
}  # fmt: skip
_MARK: Final = b"\xfe\xff"
_SECTION_AT: Final = 44
_U32: Final = struct.Struct("<I")
_PAIR: Final = struct.Struct("<II")
_MOST: Final = 256
_LONGEST: Final = 2048
_CODE_PAGE: Final = 1
_USUAL_PAGE: Final = 1252
_EPOCH: Final = 116_444_736_000_000_000
"""1970 in steps of 100 ns since 1601."""
_STEPS: Final = 10_000_000
_NARROW: Final = 0x1E
_WIDE: Final = 0x1F
_TIME: Final = 0x40
_BOOLEAN: Final = 0x0B
_NUMBERS: Final = {0x02: "<h", 0x03: "<i", 0x12: "<H", 0x13: "<I"}


def properties(data: bytes, names: dict[int, str]) -> Iterator[tuple[str, str | int | bool]]:
    """The properties that have a name, in order; what is damaged is left out."""
    if not data.startswith(_MARK) or len(data) < _SECTION_AT + _U32.size:
        return
    (section,) = _U32.unpack_from(data, _SECTION_AT)
    if section + _PAIR.size > len(data):
        return
    _, count = _PAIR.unpack_from(data, section)
    page = _USUAL_PAGE
    for number in range(min(count, _MOST)):
        at = section + _PAIR.size * (number + 1)
        if at + _PAIR.size > len(data):
            return
        identifier, place = _PAIR.unpack_from(data, at)
        value = _value(data, section + place, page)
        if value is not None and identifier == _CODE_PAGE and isinstance(value, int):
            value = page = value & 0xFFFF
        if value is not None and identifier in names:
            yield names[identifier], value


def _value(data: bytes, at: int, page: int) -> str | int | bool | None:
    if at + _U32.size > len(data):
        return None
    (kind,) = _U32.unpack_from(data, at)
    at += _U32.size
    if kind in (_NARROW, _WIDE):
        return _text(data, at, kind, page)
    layout = struct.Struct(_NUMBERS.get(kind, "<Q" if kind == _TIME else "<H"))
    if at + layout.size > len(data):
        return None
    (number,) = layout.unpack_from(data, at)
    if kind == _TIME:
        return int((number - _EPOCH) // _STEPS)
    if kind == _BOOLEAN:
        return bool(number)
    return int(number) if kind in _NUMBERS else None


def _text(data: bytes, at: int, kind: int, page: int) -> str | None:
    if at + _U32.size > len(data):
        return None
    (count,) = _U32.unpack_from(data, at)
    size = min(count * 2 if kind == _WIDE else count, _LONGEST)
    raw = data[at + _U32.size : at + _U32.size + size]
    text = raw.decode("utf-16-le", "replace") if kind == _WIDE else decoded(raw, page)
    return text.partition("\0")[0]
