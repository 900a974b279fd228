"""The body of a part of a mail, decoded in each way that a mail program may decode it.

Spec: RFC 2045 6. A header may name several encodings, or one that nobody knows; base64 may go on
behind its padding, where some programs stop and others do not, and a text may be base64 without a
header that says so. More than one reading is the exception.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nacre.codecs import transfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.mime import Header

    Method = Literal["plain", "base64", "quoted-printable", "uuencode", "yenc"]

NOT_NESTED: Final = frozenset(
    {b"message/partial", b"message/external-body", b"message/delivery-status"}
)
"""Messages that are none."""
_PLAIN: Final = frozenset({b"7bit", b"8bit", b"binary", b"none"})
_UUENCODE: Final = re.compile(rb"x?uu(?:e|encode)")
_YENCODE: Final = re.compile(rb"x?yenc(?:ode)?")
_BASE64: Final = frozenset({b"base64", b"xbase64", b"b64"})
_QUOTED: Final = re.compile(rb"x?qp|.*quoted.*")
_HEADLESS: Final = {"uuencode": transfer.uuencode, "yenc": transfer.yenc}
_FIRST: Final = {"uuencode": b"begin ", "yenc": b"=ybegin "}
_IGNORED: Final = re.compile(rb"[^a-z0-9]")
_BASE64_LINE: Final = re.compile(rb"(?<![^\r\n])[A-Za-z0-9+/]{60,}={0,2}[ \t]*(?:[\r\n]|\Z)")
_HEAD: Final = 1024
_BLANKS: Final = re.compile(rb"\s*")
_LETTER: Final = re.compile(rb"[A-Za-z0-9+/]")
_ENDS: Final = (b"=", b"--", b"\n\n", b"\n\r\n")
"""Padding, what looks like a boundary or a signature below, and an empty line."""


def holds_message(header: Header) -> bool:
    """Whether the body is a message, header and all."""
    kind = header.kind
    return kind.startswith(b"message/") and kind not in NOT_NESTED and is_plain(header.encodings)


def is_plain(encodings: Iterable[bytes]) -> bool:
    """Whether a body is what it stands for."""
    return _methods(encodings) == ("plain",)


def readings(
    encodings: Iterable[bytes], source: Fmap, budget: Budget
) -> Iterator[tuple[Method, Fmap]]:
    """What the body may stand for, each with how it was decoded, the likeliest first."""
    for method in _methods(encodings):
        if method in {"plain", "quoted-printable"}:
            content = source if method == "plain" else transfer.quoted_printable(source, budget)
            yield method, content
            line = _BASE64_LINE.search(content.read(0, _HEAD))
            if line is not None:
                yield from _base64(content.slice(line.start(), len(content)), budget)
        elif method == "base64":
            yield from _base64(source, budget)
        elif source.find(_FIRST[method], 0, len(source)) < 0:  # else it is found in any text
            yield method, _HEADLESS[method](source, budget)


def _methods(encodings: Iterable[bytes]) -> tuple[Method, ...]:
    found: list[Method] = []
    for encoding in encodings:
        word = _IGNORED.sub(b"", encoding)
        if word in _BASE64:
            found.append("base64")
        elif _QUOTED.fullmatch(word):
            found.append("quoted-printable")
        elif word in _PLAIN:
            found.append("plain")
        elif _UUENCODE.fullmatch(word):
            found += ("plain", "uuencode")
        elif _YENCODE.fullmatch(word):
            found += ("plain", "yenc")
        else:
            found += ("plain", "base64", "quoted-printable")
    return tuple(dict.fromkeys(found)) or ("plain",)


def _base64(source: Fmap, budget: Budget) -> Iterator[tuple[Method, Fmap]]:
    """Whole; up to where it may end; from an empty line on; and as some programs take its lines."""
    yield "base64", transfer.base64(source, budget)
    size = len(source)
    blanks = _BLANKS.match(source.read(0, _HEAD))
    first = blanks.end() if blanks else 0
    found = {mark: at for mark in _ENDS if (at := source.find(mark, first, size)) >= 0}
    found = {mark: at for mark, at in found.items() if _LETTER.search(source.read(at, _HEAD))}
    if found:
        end = min((at for mark, at in found.items() if mark != b"="), default=size)
        yield "base64", transfer.base64_padded(source.slice(0, end), budget)
    lines = [at for mark, at in found.items() if mark.startswith(b"\n")]
    if lines:
        yield "base64", transfer.base64(source.slice(min(lines), size - min(lines)), budget)
    if b"=" in found:
        yield "base64", transfer.base64_cut(source, budget)
    if transfer.is_uneven(source):
        yield "base64", transfer.base64_lines(source, budget)
