"""Files written into a text: uuencode, yEnc, BinHex.

Layout: a line that begins one (``begin 644 name``, ``=ybegin … name=name``, a sentence with the
word BinHex), the file in letters, a line that ends it. Spec: POSIX uuencode, yEnc 1.3, RFC 1741.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import transfer
from nacre.model.filetype import FileType
from nacre.parsers import wrapped_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST: Final = 1000
_LONGEST_LINE: Final = 600
_UU_BEGIN: Final = re.compile(
    rb"begin(-base64)?[ \t]+[0-9]{1,7}(?:[ \t]+([^\r\n]{0,255}))?(?:\r\n|\r|\n)"
)
_UU_LINE: Final = re.compile(rb"\n[!-_]")
_YENC_BEGIN: Final = re.compile(
    rb"=ybegin ()(?:[^\r\n]*?name=([^\r\n]{1,255})|[^\r\n]*)(?:\r\n|\r|\n)"
)
_BINHEX_BEGIN: Final = b"(This file must be converted"
_ALONE: Final = re.compile(rb"\s*(?:\Z|[\r\n])")
_ANYHOW: Final = re.compile(rb"")


class _Form(NamedTuple):
    """How a file is written into a text."""

    word: bytes
    """What its first line begins with."""
    begin: re.Pattern[bytes]
    end: bytes
    ends: re.Pattern[bytes]
    """What may stand behind it in its line."""
    decode: Callable[[Fmap, Budget], Fmap]


_FORMS: Final = (
    _Form(b"begin", _UU_BEGIN, b"\nend", _ALONE, transfer.uuencode),
    _Form(b"=ybegin", _YENC_BEGIN, b"\n=yend", _ANYHOW, transfer.yenc),
)


class Wrapped(NamedTuple):
    """A file that was found in a text."""

    name: bytes
    content: Fmap
    size: int
    """In the text, in bytes."""
    file_type: FileType | None = None
    """What is still to be opened."""
    fault: str | None = None
    """What it lacks, for people."""


def wrapped(text: Fmap, budget: Budget) -> Iterator[Wrapped]:
    """The files in a text; what is behind a thousand of a form counts as one."""
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
        end = _end(text, form, start - 1) if count < _MOST else size
        source = text.slice(start, end - start)
        decode = transfer.base64 if begin[1] else form.decode
        content = decode(source, budget)
        last = text.read(end - 1, _LONGEST_LINE)
        line = last[1:].partition(b"\n")[0] if last.startswith(form.end) else None
        # Of base64 in it nobody knows whether it is whole.
        fault = None if begin[1] else _fault(form, begin[0], line, source, content)
        yield Wrapped(begin[2] or b"", content, len(source), fault=fault)
        stop = source.find(b"\n`", 0, len(source)) if decode is transfer.uuencode else -1
        if stop >= 0 and _UU_LINE.search(source.read(stop + 2, _LONGEST_LINE)):
            # An empty line of it is the end to some programs.
            yield Wrapped(begin[2] or b"", decode(source.slice(0, stop), budget), stop)
        at = start + len(source)


def _fault(
    form: _Form, first: bytes, last: bytes | None, source: Fmap, content: Fmap
) -> str | None:
    """What a file lacks, by its first line and its last one, if it has that."""
    if form.decode is transfer.uuencode:
        whole = last is not None or not wrapped_end.is_uuencode(source)
        return None if whole else wrapped_end.NO_END
    return wrapped_end.NO_END if last is None else wrapped_end.fault(first, last, content)


def _end(text: Fmap, form: _Form, start: int) -> int:
    """Where the line is that ends a file or begins another; one that goes on is no ``end``."""
    size = len(text)
    following = text.find(b"\n" + form.word + b" ", start, size)
    most = size if following < 0 else following
    at = text.find(form.end, start, most)
    while at >= 0 and not form.ends.match(text.read(at + len(form.end), _LONGEST_LINE)):
        at = text.find(form.end, at + 1, most)
    return min((most if at < 0 else at) + 1, size)
