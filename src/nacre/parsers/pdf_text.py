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
_PLAIN: Final = rb"(?:[^()\\]++|\\.)"
_STRING: Final = re.compile(
    rb"\(((?:[^()\\]++|\\.|\(" + _PLAIN + rb"*+\))*+)\)?",
    re.DOTALL,
)
"""Without an end, too, so that no text is looked at again and again."""
_BLANKS: Final = re.compile(rb"[\t\n\x0b\f\r ]+")
_NO_TEXT: Final = bytes(range(0x09)) + bytes(range(0x0E, 0x20)) + bytes(range(0x80, 0x100))


def shown_in_pieces(content: Fmap) -> bytes:
    """The strings of a content stream that shows text in pieces, joined; empty of any other."""
    size = min(len(content), _LARGEST)
    if all(content.find(operator, 0, size) < 0 for operator in _OPERATORS):
        return b""
    joined = bytearray()
    for string in _STRING.finditer(content.read(0, size)):
        joined += string[1]  # bytes.join takes 80 bytes of memory a piece
    return bytes(_BLANKS.sub(b" ", joined.lower().translate(None, _NO_TEXT)))
