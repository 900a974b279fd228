"""Files that are written into programs and other texts (droppers); html.py has those of pages.

Layout: a string, or several that are joined, of base64 or hexadecimal digits, or a list of numbers,
that begins like a file that is worth it: a program, an archive, a document, a page, a shortcut.
Source: how such texts are written; the decoder is codecs/literal.py. Yields a Child for each of at
least 128 bytes. Text in UTF-16, and what is put together in other ways, is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.formats.literals import literals
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class LiteralHandler:
    """Opens what is written into a text."""

    TYPES: ClassVar = frozenset({FileType.LITERAL})
    OPTION: ClassVar = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        return literals(data, budget, page=False)
