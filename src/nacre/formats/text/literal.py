"""Files that are written into programs and other texts (droppers); html.py has those of pages.

Layout: a string, or several that are joined, of base64 or hexadecimal digits, or a list of numbers,
that begins like a file that is worth it: a program, an archive, a document, a page, a shortcut.
Source: how such texts are written; the decoder is codecs/literal.py. Yields a Child for each of at
least 128 bytes, also in UTF-16. What is put together in other ways is not looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.literals import literals
from nacre.model.filetype import FileType
from nacre.parsers.html import narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_WIDE: Final = re.compile(rb"(?:\xff\xfe)?(?:[\t\n\r -~]\0){8}|(?:\xfe\xff)?(?:\0[\t\n\r -~]){8}")
_HEAD: Final = 18


class LiteralHandler:
    """Opens what is written into a text."""

    TYPES: ClassVar = frozenset({FileType.LITERAL})
    OPTION: ClassVar = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        wide = _WIDE.match(data.read(0, _HEAD)) is not None
        return literals(narrowed(data, budget) if wide else data, budget, page=False)
