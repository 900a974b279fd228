"""Text in the body of a Hangul 3 document.

Layout: characters of two bytes, little-endian: ASCII as it is, syllables in johab (KS X 1001, annex
3), which begin at 0x8400; 13 ends a paragraph. Spec: Hancom, "Hangul Document File Format 3.0".
Paragraphs are not walked: text is what looks like it, four characters or more, wherever it stands,
so that damage before it hides none. Other symbols end a piece of text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_RUN: Final = re.compile(rb"(?:[\t\r\x20-\x7e]\x00|[\x31-\xfe][\x84-\xd3]){4,}")
_EVERY: Final = 1024


def texts(body: bytes, budget: Budget) -> Iterator[bytes]:
    """The pieces of text in UTF-8, each with an end of line."""
    for number, found in enumerate(_RUN.finditer(body)):
        if number % _EVERY == 0:
            budget.check_time()
        yield _decoded(found[0]).replace("\r", "\n").encode() + b"\n"


def _decoded(run: bytes) -> str:
    low, high = run[::2], run[1::2]
    letters = (
        bytes((second, first)) if second else bytes((first,))
        for first, second in zip(low, high, strict=True)
    )
    return b"".join(letters).decode("johab", "replace")
