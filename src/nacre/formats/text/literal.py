"""Files that are written into programs, pages and other texts (HTML smuggling, droppers).

Layout: a string, or several that are joined, of base64 or hexadecimal digits, or a list of numbers,
that begins like a file that is worth it: a program, an archive, a document, a page, a shortcut.
Source: how such texts are written; the decoder is codecs/literal.py. Yields a Child for each of at
least 128 bytes. Text in UTF-16, and what is put together in other ways, is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import literal
from nacre.formats.base import stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SHORTEST: Final = 128
_MOST: Final = 1000
"""Literals in one text; such as are too short count, too."""


class LiteralHandler:
    """Opens what is written into a text."""

    TYPES: ClassVar = frozenset({FileType.LITERAL})
    OPTION: ClassVar = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        at = 0
        for _ in range(_MOST):
            found = literal.find(data, at)
            if found is None:
                return
            budget.check_time()
            at, method = found
            decoded = literal.decode(data.slice(at, len(data) - at), budget, method)
            at += max(1, decoded.consumed)
            if len(decoded.data) >= _SHORTEST:
                yield from stored_member(decoded.data, b"", decoded.consumed, budget)
        if literal.find(data, at) is not None:
            yield Problem(f"more than {_MOST} files")
