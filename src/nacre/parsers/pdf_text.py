"""The text that a page of a PDF shows in pieces.

Layout: ``[(Hel) -10 (lo)] TJ`` shows one word; programs move letters so wherever they set text.
Spec: ISO 32000-1, 9.4.3. As in ClamAV literal strings are joined as they are written, in small
letters and without what is not ASCII; those of all operators, since fonts decide what they mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_OPERATORS: Final = (b"]TJ", b"] TJ", b"]\nTJ", b"]\r\nTJ")
_LARGEST: Final = 4 << 20
_ALTOGETHER: Final = 8 << 20
"""Bytes of content streams of one document whose text is joined; as streams all are scanned."""
_ALONE: Final = 256
"""Streams whose text is a content of its own; that of more pages would use up MaxFiles."""
_TOGETHER: Final = 1 << 20
"""Bytes of text of further streams that become one content."""
_PLAIN: Final = rb"(?:[^()\\]++|\\.)"
_STRING: Final = re.compile(
    rb"\(((?:[^()\\]++|\\.|\(" + _PLAIN + rb"*+\))*+)\)?",
    re.DOTALL,
)
"""Without an end, too, so that no text is looked at again and again."""
_BLANKS: Final = re.compile(rb"[\t\n\x0b\f\r ]+")
_NO_TEXT: Final = bytes(range(0x09)) + bytes(range(0x0E, 0x20)) + bytes(range(0x80, 0x100))


class Pieces:
    """The text of the content streams of one document."""

    def __init__(self) -> None:
        self._room = _ALTOGETHER
        self._alone = _ALONE
        self._waiting = bytearray()

    def add(self, content: Fmap) -> bytes:
        """Text that can be looked at now that another stream is known, or nothing."""
        size = min(len(content), _LARGEST)
        if size > self._room or all(content.find(word, 0, size) < 0 for word in _OPERATORS):
            return b""
        self._room -= size
        text = _joined(content, size)
        if self._alone:
            self._alone -= bool(text)
            return text
        self._waiting += text + b"\n" if text else b""
        return self.rest() if len(self._waiting) >= _TOGETHER else b""

    def rest(self) -> bytes:
        """The text that waits for more."""
        text = bytes(self._waiting)
        self._waiting.clear()
        return text


def _joined(content: Fmap, size: int) -> bytes:
    """The strings of a content stream."""
    joined = bytearray()
    for string in _STRING.finditer(content.read(0, size)):
        joined += string[1]  # bytes.join takes 80 bytes of memory a piece
    return bytes(_BLANKS.sub(b" ", joined.lower().translate(None, _NO_TEXT)))
