"""ASN.1 in distinguished encoding (DER): elements of tag, length and contents, one after the other.

Layout: one tag byte, then the length (one byte below 80, or 8n and n bytes, big endian), then the
contents, which for a constructed element are elements again. Spec: X.690.

Reads only what it is asked for, never recurses, and copies only what `content` and `whole` hand
out. Takes lengths that are longer than needed. Does not read tags of several bytes or indefinite
lengths, which signatures never have.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from nacre.model.errors import Corrupt, Truncated

_LONG_TAG: Final = 0x1F
_LONG_LENGTH: Final = 0x80
_LENGTH_BYTES: Final = 4
_CONSTRUCTED: Final = 0x20

_OID_BYTES: Final = 32
_UTC_LENGTHS: Final = (11, 13)
_GENERALIZED_LENGTH: Final = 15
_PIVOT: Final = 50
"""Two-digit years from here on are in the last century (RFC 5280, 4.1.2.5.1)."""


class Tag(IntEnum):
    """The tags that certificates and signatures are made of; `context` makes the others."""

    BOOLEAN = 0x01
    INTEGER = 0x02
    BIT_STRING = 0x03
    OCTET_STRING = 0x04
    NULL = 0x05
    OID = 0x06
    UTC_TIME = 0x17
    GENERALIZED_TIME = 0x18
    SEQUENCE = 0x30
    SET = 0x31


def context(number: int) -> int:
    """The tag of a constructed, context-specific element."""
    return 0xA0 | number


@dataclass(frozen=True, slots=True)
class Element:
    """One element: where it begins in `data`, where its contents do, and where it ends."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @property
    def content(self) -> bytes:
        """What is inside."""
        return self.data[self.body : self.end]

    @property
    def whole(self) -> bytes:
        """All bytes of the element, tag and length too."""
        return self.data[self.start : self.end]

    def inside(self) -> Elements:
        """The elements inside.

        Raises:
            Corrupt: it is not a constructed element.
        """
        if not self.tag & _CONSTRUCTED:
            raise Corrupt(f"element of tag {self.tag:#x} holds no others")
        return Elements(self.data, self.body, self.end)

    def oid(self) -> str:
        """The dotted form of an object identifier."""
        if self.tag != Tag.OID or not 0 < self.end - self.body <= _OID_BYTES:
            raise Corrupt("not an object identifier")
        arcs, value = [], 0
        for byte in self.content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        if not arcs or self.content[-1] & 0x80:
            raise Corrupt("object identifier is cut off")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def integer(self) -> int:
        """The value of an integer."""
        if self.tag != Tag.INTEGER:
            raise Corrupt("not an integer")
        return int.from_bytes(self.content, "big", signed=True)

    def octets(self) -> bytes:
        """The bytes of an octet string."""
        if self.tag != Tag.OCTET_STRING:
            raise Corrupt("not an octet string")
        return self.content

    def bits(self) -> bytes:
        """The bytes of a bit string, without the count of unused bits."""
        if self.tag != Tag.BIT_STRING or self.body == self.end:
            raise Corrupt("not a bit string")
        return self.content[1:]

    def octet_bits(self) -> bytes:
        """The bytes of a bit string that has no unused bits."""
        bits = self.bits()
        if self.data[self.body]:
            raise Corrupt("not a bit string of whole bytes")
        return bits

    def time(self) -> int:
        """Seconds since 1970 of a time in UTC."""
        text = self.content
        digits = text[:-1]
        lengths = _UTC_LENGTHS if self.tag == Tag.UTC_TIME else (_GENERALIZED_LENGTH,)
        if self.tag not in (Tag.UTC_TIME, Tag.GENERALIZED_TIME) or len(text) not in lengths:
            raise Corrupt("not a time")
        if not digits.isdigit() or text[-1:] != b"Z":
            raise Corrupt("time is not in UTC")
        if self.tag == Tag.UTC_TIME:
            digits = (b"19" if int(digits[:2]) >= _PIVOT else b"20") + digits
        numbers = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2))]
        year, month, day, hour, minute, second = (*numbers, 0)[:6]
        if not (year and 0 < month <= 12 and day and hour < 24 and minute < 60 and second < 61):  # noqa: PLR2004 - the calendar's
            raise Corrupt("no such time")
        if day > calendar.monthrange(year, month)[1]:
            raise Corrupt("no such day")
        return calendar.timegm((year, month, day, hour, minute, second))


class Elements:
    """A cursor over elements that stand one after the other."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    @property
    def more(self) -> bool:
        """True when there is another element, or what should be one."""
        return self._at < self._end

    def next(self, *tags: int) -> Element:
        """The next element.

        Raises:
            Truncated: there is none, or it goes on beyond the end.
            Corrupt: its tag is none of `tags`, where some are given.
        """
        element = self._read()
        if tags and element.tag not in tags:
            raise Corrupt(f"tag {element.tag:#x} where {tags[0]:#x} should be")
        self._at = element.end
        return element

    def skip(self, *tags: int) -> Element | None:
        """The next element if its tag is one of `tags`; None, without moving, when it is not."""
        if self.more and self._data[self._at] in tags:
            return self.next()
        return None

    def nothing(self) -> Element:
        """An element without contents, at this place."""
        return Element(self._data, Tag.NULL, self._at, self._at, self._at)

    def finish(self) -> None:
        """Return at the end; what still follows is Corrupt."""
        if self.more:
            raise Corrupt("more elements than there should be")

    def several(self, limit: int, *tags: int) -> list[Element]:
        """All elements from here on, as `next` reads them; more than `limit` are Corrupt."""
        found: list[Element] = []
        while self.more:
            if len(found) == limit:
                raise Corrupt(f"more than {limit} elements")
            found.append(self.next(*tags))
        return found

    def _read(self) -> Element:
        data, start, end = self._data, self._at, self._end
        if end - start < 2:  # noqa: PLR2004 - tag and length
            raise Truncated("an element is missing")
        tag, length, body = data[start], data[start + 1], start + 2
        if tag & _LONG_TAG == _LONG_TAG:
            raise Corrupt("tag of several bytes")
        if length >= _LONG_LENGTH:
            size = length - _LONG_LENGTH
            if not 0 < size <= _LENGTH_BYTES:
                raise Corrupt("indefinite or excessive length")
            length = int.from_bytes(data[body : body + size], "big")
            body += size
        if body + length > end:
            raise Truncated("an element goes on beyond the end")
        return Element(data, tag, start, body, body + length)
