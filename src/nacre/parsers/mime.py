r"""The header of a mail or of a part of one.

Layout: lines ``Name: value`` up to an empty one; a line that begins with a blank goes on with the
one before. Spec: RFC 5322 2.2, RFC 2045, RFC 2183.

Line ends of every kind count, ``\r\r\n`` and ``\n\r`` as one. A line that is no field ends the
header for some mail programs, others pass over it: both are told when more of it follows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers.mime_parameters import parameters, raw_parameters, without_comments
from nacre.parsers.reader import ascii_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.fmap import Fmap

LONGEST: Final = 256 << 10
"""Bytes of a header that are read, as in ClamAV."""
MOST_FIELDS: Final = 1024

_LONGEST_LINE: Final = 1024
_LONGEST_VALUE: Final = 16 << 10
_MOST_STRAY: Final = 100
"""Lines that are no fields, after which no more of the header is looked for."""
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r{0,8}\n(?:\r(?![\r\n]))?|\r|\Z)")
_FIELD: Final = re.compile(rb"([!-9;-~\x80-\xff]{1,200})[ \t]*:")
_MAIL_LINE: Final = re.compile(
    rb"(?m)^(?:mime-version|from|to|cc|subject|date|received|return-path|message-id|delivered-to)"
    rb"[ \t]*:",
    re.IGNORECASE,
)
_BARE_FIELD: Final = re.compile(
    rb"(content-(?:type|transfer-encoding|disposition))[ \t](?=[^\r\n])", re.IGNORECASE
)
"""Without its colon."""
_UNFOLD: Final = re.compile(rb"(?:\r{0,8}\n\r?|\r)(?=[ \t])")
_ENVELOPES: Final = (b"From ", b">From ")
_FIRST_PIECE: Final = 4 << 10
_PIECE: Final = 1 << 20
_HINT: Final = b"content-t"
_SAYS: Final = re.compile(rb"(?:[\r\n]|\A)content-t(?:ype|ransfer-encoding)[ \t]*:")
_LONGEST_SAYS: Final = 64


class Fragment(NamedTuple):
    """Which piece of a message a ``message/partial`` is (RFC 2046 5.2.2)."""

    message: bytes
    """What all pieces of the message have in common."""
    number: int
    """From 1; 0 when the header does not say."""
    total: int
    """Pieces there are; 0 when the header does not say, as all but the last may."""


class Header(NamedTuple):
    """What a header says about the body behind it."""

    bodies: tuple[int, ...]
    """Where the body begins; two where a line that is no field stands among the others."""
    kind: bytes
    """Content type in lower case, such as ``multipart/mixed``; empty when there is none."""
    encodings: tuple[bytes, ...]
    """Content transfer encodings in lower case, mostly one."""
    boundaries: tuple[bytes, ...]
    """All boundaries that are named; more than one is an attack on somebody's parser."""
    name: bytes
    """File name, UTF-8; empty when there is none."""
    limit: str | None
    """The limit that kept some of the header from being read."""
    fragment: Fragment | None = None
    disposition: bytes = b""
    """``inline`` or ``attachment`` in lower case; empty when nothing is said."""
    ended: bool = True
    """Whether an empty line is behind it."""
    plausible: bool = False
    """Whether it has a field that mails have."""
    seen: int = 0
    """The end of what was looked at, lines that are no fields included."""

    @property
    def body(self) -> int:
        """Where the body begins for the first mail program to see one."""
        return self.bodies[0]


class _Extent(NamedTuple):
    """How far a header goes."""

    bodies: tuple[int, ...]
    """Bytes from its beginning to the body."""
    fields: list[tuple[bytes, bytes]]
    """Names in lower case and values; without both for what is not needed."""
    limit: str | None
    ended: bool
    size: int
    """Bytes that were looked at, lines that are no fields included."""


def header(data: Fmap, start: int, end: int, *, leading: bool = False) -> Header:
    """The header at `start`; it ends with an empty line, or before a line that is no field.

    `leading` passes over lines before the first field, as mail programs leave them in files.
    """
    last = min(start + LONGEST, end)
    for gap in (b"\n\n", b"\n\r\n"):  # so that only the header itself is taken apart
        at = data.find(gap, start, last)
        last = at + len(gap) if at >= 0 else last
    text = data.read(start, last - start)
    bodies, fields, limit, ended, size = _extent(text, leading=leading)
    told = any(key for key, _ in fields)
    plausible = told or _MAIL_LINE.search(text, 0, bodies[-1]) is not None
    if bodies[-1] == LONGEST and start + LONGEST < end:
        limit = "EmailHeaderBytes"
    kind = name = disposition = b""
    encodings: list[bytes] = []
    boundaries: list[bytes] = []
    fragment = None
    for key, value in fields:
        if key == b"content-type":
            named = list(parameters(value))
            kind = kind or _first_word(value)
            fragment = fragment or _fragment(dict(named))
            name = name or dict(named).get(b"name", b"")
            boundaries += _boundaries(value, named)
        elif key == b"content-transfer-encoding":
            encodings.append(_first_word(value))
        elif key == b"content-disposition":
            disposition = disposition or _first_word(value)
            name = dict(parameters(value)).get(b"filename", b"") or name
    if kind != b"message/partial":
        fragment = None
    return Header(
        tuple(start + body for body in bodies),
        kind,
        tuple(dict.fromkeys(filter(None, encodings))),
        tuple(dict.fromkeys(boundaries)),
        name,
        limit,
        fragment,
        disposition,
        ended,
        plausible,
        start + size,
    )


def begins(data: Fmap, at: int) -> bool:
    """Whether a mail may begin at `at`: with a field, or with an envelope."""
    line = data.read(at, _LONGEST_LINE)
    return _FIELD.match(line) is not None or line.startswith((b"From ", b">From "))


def next_header(data: Fmap, start: int, end: int) -> int:
    """Where the next line begins that says of what type or how encoded a body is; -1 if nowhere."""
    at, size = start, _FIRST_PIECE
    while at < end:
        # One byte before, to see that it is a whole line.
        first = max(at - 1, start)
        text = data.read(first, min(at + size + _LONGEST_SAYS, end) - first).lower()
        hint = text.find(_HINT, first != start)
        while hint >= 0:
            if _SAYS.match(text, max(hint - 1, 0)):
                return first + hint
            hint = text.find(_HINT, hint + 1)
        at, size = at + size, min(2 * size, _PIECE)
    return -1


def _extent(text: bytes, *, leading: bool) -> _Extent:
    fields: list[tuple[bytes, bytes]] = []
    size = stray = early = told = 0
    limit = None
    line = b""
    for line in _lines(text):
        field = _field(line)
        if field is None and line.strip(b"\r\n") and (fields or not leading):
            if not stray:
                early, told = size, len(fields)
            stray += 1
            if stray > _MOST_STRAY:
                break
        size += len(line)
        if field is not None and len(fields) < MOST_FIELDS:
            fields.append(field)
        elif field is not None:
            limit = "EmailHeaders"
    ended = line[:1] in (b"\r", b"\n")
    if not stray:
        return _Extent((size,), fields, limit, ended, size)
    if any(name for name, _ in fields[told:]):
        return _Extent((early, size), fields, limit, ended, size)
    return _Extent((early,), fields[:told], limit, ended, size)


def _lines(text: bytes) -> Iterator[bytes]:
    """The lines of a header, each with those that go on with it; the empty one is the last."""
    current = bytearray()
    for match in _LINE.finditer(text):
        line = match[0]
        folded = line[:1] in (b" ", b"\t") and bool(line.strip())
        if current and not folded:
            yield bytes(current)
            current = bytearray()
        current += line
        if not line.strip(b"\r\n"):
            break
    yield bytes(current)


def _field(line: bytes) -> tuple[bytes, bytes] | None:
    """Name in lower case and value, both empty if nobody asks for them; None for another line."""
    line = line.replace(b"\0", b"")
    field = _FIELD.match(line) or _BARE_FIELD.match(line)
    if field is not None and field[1].lower().startswith(b"content-"):
        value = line[field.end() : field.end() + _LONGEST_VALUE]
        return field[1].lower(), _UNFOLD.sub(b"", value).strip()
    return (b"", b"") if field is not None or line.startswith(_ENVELOPES) else None


def _boundaries(value: bytes, named: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Each boundary named: put together, as it stands, and without quotes that are none."""
    texts = [text for name, text in named if name == b"boundary"]
    raw = raw_parameters(without_comments(value))
    texts += (text for name, text in raw if name.lower() == b"boundary")
    for text in texts:
        if boundary := text.rstrip():
            yield boundary
            if bare := boundary.strip(b"'"):
                yield bare


def _fragment(named: dict[bytes, bytes]) -> Fragment:
    number, total = (ascii_decimal(named.get(name, b"")) for name in (b"number", b"total"))
    return Fragment(named.get(b"id", b""), number or 0, total or 0)


def _first_word(value: bytes) -> bytes:
    value = without_comments(value)
    return value.partition(b";")[0].strip(b" \t\r\n\"'").lower()
