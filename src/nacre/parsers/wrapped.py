"""Files written into a text: uuencode, yEnc, BinHex.

Layout: a line that begins one (``begin 644 name``, ``=ybegin … name=name``, a sentence with the
word BinHex), the file in letters, a line that ends it. Spec: POSIX uuencode, yEnc 1.3, RFC 1741.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import transfer
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST: Final = 1000
_LONGEST_LINE: Final = 600
_UU_BEGIN: Final = re.compile(
    rb"begin(-base64)?[ \t]+[0-9]{1,7}(?:[ \t]+([^\r\n]{0,255}))?(?:\r\n|\r|\n)"
)
_YENC_BEGIN: Final = re.compile(
    rb"=ybegin ()(?:[^\r\n]*?name=([^\r\n]{1,255})|[^\r\n]*)(?:\r\n|\r|\n)"
)
_BINHEX_BEGIN: Final = b"(This file must be converted"
_END: Final = re.compile(rb"\s*(?:\Z|[\r\n])")


class _Form(NamedTuple):
    """How a file is written into a text."""

    word: bytes
    """What its first line begins with."""
    begin: re.Pattern[bytes]
    end: bytes
    decode: Callable[[Fmap, Budget], Fmap]


_FORMS: Final = (
    _Form(b"begin", _UU_BEGIN, b"\nend", transfer.uuencode),
    _Form(b"=ybegin", _YENC_BEGIN, b"\n=yend", transfer.yenc),
)


class Wrapped(NamedTuple):
    """A file that was found in a text."""

    name: bytes
    content: Fmap
    size: int
    """In the text, in bytes."""
    file_type: FileType | None = None
    """What is still to be opened."""


def wrapped(text: Fmap, budget: Budget) -> Iterator[Wrapped]:
    """The files in a text, up to a thousand of each form."""
    for form in _FORMS:
        yield from _written(text, form, budget)
    at = text.find(_BINHEX_BEGIN, 1, len(text))  # one in front gives the text its type
    if at > 0:
        rest = text.slice(at, len(text) - at)
        yield Wrapped(b"", rest, len(rest), FileType.BINHEX)


def _written(text: Fmap, form: _Form, budget: Budget) -> Iterator[Wrapped]:
    at = count = 0
    size = len(text)
    while count < _MOST and (at := text.find(form.word, at, size)) >= 0:
        budget.check_time()
        begin = form.begin.match(text.read(at, _LONGEST_LINE))
        if begin is None or (at and text.read(at - 1, 1) not in (b"\n", b"\r")):
            at += len(form.word)
            continue
        count += 1
        start = at + begin.end()
        source = text.slice(start, _end(text, form.end, start - 1) - start)
        decode = transfer.base64 if begin[1] else form.decode
        yield Wrapped(begin[2] or b"", decode(source, budget), len(source))
        at = start + len(source)


def _end(text: Fmap, line: bytes, start: int) -> int:
    """Where the line is that ends a file; a line that goes on with more than blanks is none."""
    size = len(text)
    at = text.find(line, start, size)
    while at >= 0 and line == b"\nend" and not _END.match(text.read(at + len(line), _LONGEST_LINE)):
        at = text.find(line, at + 1, size)
    return size if at < 0 else at + 1
