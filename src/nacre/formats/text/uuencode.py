"""uuencoded files (.uu) on their own, not in a mail.

Layout: a line ``begin MODE NAME``, lines that each begin with their length, a line ``end``;
lengths and bytes are written as six bits above the blank. Spec: POSIX uuencode. Yields a Child for
each file; ClamAV takes only the first. A text that only begins with the word is nothing. In base64
(``begin-base64``) and in yEnc it is text to ClamAV (parsers/wrapped.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats.base import label, stored_member
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.wrapped import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_BEGIN: Final = re.compile(rb"begin [0-9]{1,8} ?([^\n]{0,4096})\n")
_WORD: Final = b"begin "
_LONGEST_LINE: Final = 5000
_ENDS: Final = (b"\nend", b"\nEND")
_MOST: Final = 1000
"""Files in one file."""


class UuencodeHandler:
    """Opens uuencoded files."""

    TYPES: ClassVar = frozenset({FileType.UUENCODED})
    OPTION: ClassVar = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        if data.read(0, len(_WORD)) != _WORD:
            yield from _wrapped(data, budget)
            return
        size = len(data)
        at = count = 0
        while 0 <= at < size and count < _MOST:
            budget.check_time()
            begin = _BEGIN.match(data.read(at, _LONGEST_LINE))
            if begin is not None:
                count += 1
                start = at + begin.end()
                ends = (data.find(word, start - 1, size) for word in _ENDS)
                end = min((at for at in ends if at >= 0), default=-1)
                source = data.slice(start, (size if end < 0 else end + 1) - start)
                if end < 0:
                    yield Problem(f"{label(begin[1].rstrip())}: no end line")
                content = transfer.uuencode(source, budget)
                yield from stored_member(content, begin[1].rstrip(), len(source), budget)
                at = start - 1 + len(source)
            following = data.find(b"\nbegin ", at, size)
            at = following + 1 if following >= 0 else size
        if at < size:
            yield Problem(f"more than {_MOST} files")


def _wrapped(data: Fmap, budget: Budget) -> Iterator[Event]:
    """The files of a text that begins with one in base64 or yEnc."""
    for name, content, size, file_type, fault in wrapped(data, budget):
        yield from stored_member(content, name, size, budget, file_type)
        if fault is not None:
            yield Problem(f"{label(name)}: {fault}")
