"""What an HTML page carries in itself: the content of `data:` URLs.

A `data:` URL (RFC 2397) is a media type, `;base64` or nothing, a comma and the content. It is
looked for behind an equals sign, in `url()` and behind `@import`; in `srcset` there may be several,
each with a width behind it. That is the value of an attribute or stands in a style sheet, mostly;
in a comment or in a script it counts too, because a page is read by many programs in as many ways.
This is no HTML parser.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.codecs import screnc
from nacre.model.fmap import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_SCHEMES: Final = (b"data:", b"DATA:")
_BEFORE: Final = 64
"""Bytes in which the equals sign or `url(` stands."""
_IN_ATTRIBUTE: Final = re.compile(rb"=[\0-\x20]*([\"']?)[\0-\x20]*\Z")
_IN_STYLE: Final = re.compile(
    rb"(?i:url\([\0-\x20]*(&quot;|[\"']|)|@import[\0-\x20]*([\"']))[\0-\x20]*\Z"
)
_IN_SET: Final = re.compile(rb"(?i:srcset)[\0-\x20]*=[\0-\x20]*[\"']?[\0-\x20]*\Z")
_NEXT_IN_SET: Final = re.compile(rb"[,\0-\x20]\Z")
_WIDTH: Final = re.compile(rb"(?<![\0-\x20])[\0-\x20]++(?:[0-9.]++[wxh][\0-\x20]*+)?(?:,|\Z)")
_LONGEST_TAG: Final = 1024
_WIDE_BEGIN: Final = b"#\0@\0~\0^"
_HEAD: Final = 1024
"""Bytes in which the comma stands."""
_BASE64: Final = re.compile(rb";[\0-\x20]*base64", re.IGNORECASE)
_PIECE: Final = 1 << 20
_IN_MEMORY: Final = 8 << 20
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_REFERENCE: Final = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]{1,4})|([0-9]{1,5}));?")
_LONGEST_ESCAPE: Final = 8
"""Bytes of a numeric reference, ``&#x1234;``, the longest thing that stands for a byte."""
_BARE_END: Final = re.compile(rb"[\0-\x20>]")
_STYLE_END: Final = re.compile(rb"[)\"'<]")


class DataUrl(NamedTuple):
    """One `data:` URL; `content` is still encoded."""

    media: bytes
    """The media type with its parameters, as written."""
    base64: bool
    content: Fmap
    in_style: bool
    """From `url()`, not the value of an attribute."""
    closed: bool
    """Whether the page goes on behind it."""


def narrowed(page: Fmap, budget: Budget) -> Fmap:
    """The page without zeros if it has any near its start: ASCII that was UTF-16 or UTF-32."""
    if b"\0" not in page.read(0, _HEAD):
        return page
    return _spooled((piece.translate(None, b"\0") for piece in _pieces(page)), budget)


def data_urls(page: Fmap, budget: Budget) -> Iterator[DataUrl]:
    """The `data:` URLs of a page, front to back."""
    at = set_end = 0
    for place in _places(page):
        if place < at:
            continue
        budget.check_time()
        before = page.read(max(0, place - _BEFORE), min(place, _BEFORE))
        start = place + len(_SCHEMES[0])
        if place < set_end and _NEXT_IN_SET.search(before):
            attribute = True
            at = _width(page, start, set_end)
        else:
            found = _IN_ATTRIBUTE.search(before)
            attribute = found is not None
            opened = found or _IN_STYLE.search(before)
            if opened is None:
                continue
            quote = opened[1] or (b"" if attribute else opened[2]) or b""
            at = _value_end(page, start, quote, _BARE_END if attribute else _STYLE_END)
            if _IN_SET.search(before):
                set_end, at = at, _width(page, start, at)
        head, comma, _ = page.read(start, min(_HEAD, at - start)).partition(b",")
        if comma:
            first = start + len(head) + 1
            content = page.slice(first, at - first)
            base64 = _BASE64.search(head) is not None
            yield DataUrl(head, base64, content, not attribute, at < len(page))


def with_plain_schemes(page: Fmap, budget: Budget) -> Fmap:
    """The page with its references resolved where only that shows some of its `data:` URLs."""
    plain = resolved(page, budget)
    if plain is page or sum(1 for _ in _places(plain)) <= sum(1 for _ in _places(page)):
        return page
    return plain


def resolved(text: Fmap, budget: Budget) -> Fmap:
    """The text with its numeric character references (``&#65;``) as bytes."""
    if text.find(b"&#", 0, len(text)) < 0:
        return text
    return _spooled(_replaced(text, _REFERENCE, b"&", _character), budget)


def unescaped(text: Fmap, budget: Budget) -> Fmap:
    """The bytes that a text with escapes (``%41``) stands for."""
    return _spooled(_replaced(text, _ESCAPE, b"%", _byte), budget)


def with_readable_scripts(page: Fmap, budget: Budget) -> Fmap:
    """The page with its encoded scripts (`language="JScript.Encode"`) made readable."""
    if all(page.find(begin, 0, len(page)) < 0 for begin in (screnc.BEGIN, _WIDE_BEGIN)):
        return page
    text = narrowed(page, budget)

    def wanted(at: int) -> bool:
        budget.check_time()
        tag = text.read(max(0, at - _LONGEST_TAG), min(at, _LONGEST_TAG))
        tag = tag[max(0, tag.rfind(b"<")) :].lower()
        return tag.startswith(b"<script") and b".encode" in tag

    return screnc.decoded(text, budget, wanted)


def between(head: bytes, content: Fmap, tail: bytes, budget: Budget) -> Fmap:
    """`head`, `content` and `tail` as one."""
    return _spooled(chain((head,), _pieces(content), (tail,)), budget)


def _spooled(pieces: Iterable[bytes], budget: Budget) -> Fmap:
    spool = Spool(budget.directory, _IN_MEMORY)
    for piece in pieces:
        budget.check_time()
        spool.write(piece)
    return spool.finish()


def _pieces(source: Fmap) -> Iterator[bytes]:
    for at in range(0, len(source), _PIECE):
        yield source.read(at, _PIECE)


def _replaced(
    text: Fmap,
    pattern: re.Pattern[bytes],
    first: bytes,
    replace: Callable[[re.Match[bytes]], bytes],
) -> Iterator[bytes]:
    """The text with what `pattern` finds replaced; each begins with `first` and is short."""
    rest = b""
    for piece in _pieces(text):
        whole = rest + piece
        cut = whole.rfind(first, len(whole) - _LONGEST_ESCAPE)
        rest = whole[cut:] if cut >= 0 else b""
        yield pattern.sub(replace, whole[:cut] if cut >= 0 else whole)
    yield pattern.sub(replace, rest)


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode())


def _character(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    return chr(number).encode("utf-8", "replace") if number else b""


def _places(page: Fmap) -> Iterator[int]:
    """Where a scheme stands, in order; each spelling is searched for once."""
    size = len(page)
    following = [page.find(scheme, 0, size) for scheme in _SCHEMES]
    while (place := min((at for at in following if at >= 0), default=-1)) >= 0:
        yield place
        which = following.index(place)
        following[which] = page.find(_SCHEMES[which], place + 1, size)


def _width(page: Fmap, start: int, end: int) -> int:
    """Where the width behind a picture of a `srcset` begins; there are no blanks before."""
    at, step = start, _HEAD
    while at < end:
        found = _WIDTH.search(page.read(at, min(step, end - at)))
        if found:
            return at + found.start()
        at, step = at + step, min(2 * step, _PIECE)
    return end


def _value_end(page: Fmap, start: int, quote: bytes, bare: re.Pattern[bytes]) -> int:
    size = len(page)
    if quote:
        end = page.find(quote, start, size)
        return size if end < 0 else end
    at, step = start, _HEAD
    while at < size:
        found = bare.search(page.read(at, step))
        if found:
            return at + found.start()
        at, step = at + step, min(2 * step, _PIECE)
    return size
