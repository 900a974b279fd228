"""Contents of elements in XML, found by their names.

For formats that keep binary data in the text of an element: no tree is built, the text around need
not be well-formed, and what namespace a name is in does not matter.
Spec: XML 1.0, 2.4, 2.7, 3.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.model.fmap import Fmap
from nacre.parsers import any_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_LONGEST_PREFIX: Final = 64
_LONGEST_TAG: Final = 4096
_BEFORE: Final = re.compile(rb"<(?:[^<>/:\s]{1,63}:)?\Z")
_AFTER: Final = frozenset((b" ", b"\t", b"\r", b"\n", b">"))
_TAG: Final = re.compile(rb"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_CDATA: Final = b"<![CDATA["
_MARKUP: Final = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<\?.*?(?:\?>|\Z)|<[^<>]*+>|&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));",
    re.DOTALL,
)
_PIECE: Final = 1 << 20
_LONGEST_MARK: Final = 64
"""Bytes of a reference; a comment may be longer, and is cut where a piece ends."""
_ASCII: Final = 0x80


class Element(NamedTuple):
    """An element that has only text."""

    tag: bytes
    """Its start tag from the name on."""
    content: Fmap
    ended: bool
    """Whether there is an end tag."""


def elements(data: Fmap, name: bytes, budget: Budget) -> Iterator[Element]:
    """Elements called `name`, in whatever letters, in order."""
    size = len(data)
    word = name.lower()
    at = 0
    while (at := any_case.find(data, word, at)) >= 0:
        budget.check_time()
        start, at = at, at + len(name)
        before = data.read(max(0, start - _LONGEST_PREFIX), min(start, _LONGEST_PREFIX))
        if not _BEFORE.search(before) or data.read(at, 1) not in _AFTER:
            continue
        close = _tag_end(data, at)
        if close < 0 or data.read(close - 1, 1) == b"/":
            continue
        begin = close + 1
        if data.read(begin, len(_CDATA)) == _CDATA:
            begin += len(_CDATA)
        stop = data.find(b"</", begin, size)
        at = size if stop < 0 else stop
        yield Element(data.read(start, close - start), data.slice(begin, at - begin), stop >= 0)


def _tag_end(data: Fmap, at: int) -> int:
    """Where the ``>`` of a start tag is: behind its attributes, if these are as they should be."""
    tag = data.read(at, _LONGEST_TAG)
    first = tag.find(b">")
    quoted = first >= 0 and (b'"' in tag[:first] or b"'" in tag[:first])
    whole = _TAG.match(tag) if quoted else None
    end = whole.end() - 1 if whole else first
    return at + end if end >= 0 else -1


def letters(content: Fmap) -> Fmap:
    """The text of an element, in ASCII: without comments and tags, and with references resolved."""
    size = len(content)
    marked = any(content.find(mark, 0, size) >= 0 for mark in (b"<", b"&", b"]]>"))
    if not marked:
        return content
    pieces, at = [], 0
    while at < size and (text := content.read(at, _PIECE)):
        if at + len(text) < size:
            last = len(text) - _LONGEST_MARK
            open_at = max(text.rfind(b"&", last), text.rfind(b"<", last))
            text = text[:open_at] if open_at > 0 else text
        pieces.append(_MARKUP.sub(_letter, text))
        at += len(text)
    return Fmap.from_bytes(b"".join(pieces))


def _letter(markup: re.Match[bytes]) -> bytes:
    code = int(markup[1], 16) if markup[1] else int(markup[2] or b"0")
    return bytes((code,)) if 0 < code < _ASCII else b""


def attribute(tag: bytes, name: bytes) -> bytes:
    """The value of an attribute, whatever its namespace; empty if there is none."""
    found = re.search(rb"[\s:]" + re.escape(name) + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return (found[1] or found[2] or b"") if found else b""
