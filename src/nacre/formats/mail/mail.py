"""Mail messages and mailboxes (.eml, mbox), MHTML.

Layout: a header, an empty line, a body. The body of a multipart is parts between lines
``--boundary``, each again a header and a body; the body of message/rfc822 is a message.
Spec: RFC 5322, RFC 2045 to 2049, RFC 2557, mbox(5). Yields one Child per body that is no container,
decoded, one per file that is written into a body with uuencode or yEnc, and one per message whose
pieces (message/partial) are all over a mailbox; a Member for each attachment.

Nothing is believed about nesting: whatever boundary any header has named, a line with it begins a
part, so wrong ends, missing ends and boundaries inside each other hide nothing. A multipart without
a boundary is cut at its first line ``--``. An unknown transfer encoding is tried as base64 as well.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats.base import stored_member
from nacre.model.event import Child, Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers import mime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_PARTS: Final = 1024
"""Of one message, as in ClamAV."""
_MOST_BOUNDARIES: Final = 64
_LONGEST_BOUNDARY: Final = 1024
_IDENTITY: Final = frozenset({b"", b"7bit", b"8bit", b"binary", b"7-bit", b"8-bit", b"none"})
_NOT_NESTED: Final = frozenset(
    {b"message/partial", b"message/external-body", b"message/delivery-status"}
)
_DECODERS: Final[dict[bytes, Callable[[Fmap, Budget], Fmap]]] = {
    b"base64": transfer.base64,
    b"x-base64": transfer.base64,
    b"quoted-printable": transfer.quoted_printable,
}
_WRAPPED: Final = frozenset({b"x-uuencode", b"uuencode", b"x-uue", b"uue", b"x-yencode"})
_UU_BEGIN: Final = re.compile(rb"begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_YENC_BEGIN: Final = re.compile(rb"=ybegin [^\r\n]*name=([^\r\n]{1,255})\r?\n")
_WRAPPED_HEADS: Final = (
    (b"begin", b"\nend", _UU_BEGIN, transfer.uuencode),
    (b"=ybegin", b"\n=yend", _YENC_BEGIN, transfer.yenc),
)
_WRAPPED_LINE: Final = 600
_MOST_WRAPPED: Final = 1000
_ENVELOPE: Final = b"From "
_TEXT: Final = frozenset({b"", b"text/plain"})
_BODIES: Final = frozenset({b"", b"text/plain", b"text/html"})
_NAMELESS: Final = b"unknown"
"""The name that ClamAV gives to an attachment without one."""
_RETURNED: Final = (b"\n\nReturn-Path: ", b"\n\nReceived: ", b"\n\nContent-Type: ", b"\n\nFrom: ")
"""What a message inside a text begins with, an empty line before."""


class MailHandler:
    """Opens mails."""

    TYPES: ClassVar = frozenset({FileType.MAIL, FileType.MHTML})
    OPTION: ClassVar = "scan_mail"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what the bodies hold."""
        return _Walk(data, budget).events()


class _Walk:
    """Goes through one mail or mailbox, front to back."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._mailbox = data.read(0, len(_ENVELOPE)) == _ENVELOPE
        self._next: dict[bytes, int] = {}
        """Where each boundary stands next."""
        self._fragments: dict[bytes, dict[int, Fmap]] = {}
        """Pieces of messages, by message and number."""
        self._totals: dict[bytes, int] = {}
        self._ignored = 0
        """Boundaries that are too many, or too long."""

    def events(self) -> Iterator[Event]:
        yield from self._parts()
        for message, pieces in self._fragments.items():
            yield from self._assembled(message, pieces)
        if self._ignored:
            yield Problem(f"boundaries that were not looked for: {self._ignored}")

    def _parts(self) -> Iterator[Event]:
        position, parts = 0, 0
        size = len(self._data)
        while position < size:
            self._budget.check_time()
            # A boundary may stand right here, but the envelope line here is this message's own.
            known_end = min(
                self._separator(position, envelope=False)[0], self._envelope(position + 2)
            )
            header = mime.header(self._data, position, known_end, leading=position == 0)
            if header.limit is not None:
                yield Problem(f"{header.limit} exceeded", limit=header.limit)
            self._learn(header, position)
            if self._is_nested(header) and position < header.body < size:
                position = header.body
                continue
            end, position, message_ends = self._separator(header.body)
            yield from self._body(header, end)
            self._keep(header, end)
            parts = 0 if message_ends else parts + 1
            if parts >= _MOST_PARTS:
                limit = "EmailMIMEPartsPerMessage"
                yield Problem(f"{limit} exceeded", limit=limit)
                return
            if message_ends:
                self._next.clear()

    def _learn(self, header: mime.Header, start: int) -> None:
        boundaries = header.boundaries
        if not boundaries and header.kind.startswith(b"multipart/"):
            boundaries = self._guess(header.body)
        for boundary in boundaries:
            if len(self._next) < _MOST_BOUNDARIES and len(boundary) <= _LONGEST_BOUNDARY:
                self._next.setdefault(boundary, start)
            else:
                self._ignored += 1

    def _guess(self, body: int) -> tuple[bytes, ...]:
        """The boundary of a multipart that names none: what its first line ``--`` says."""
        at = self._data.find(b"\n--", max(0, body - 1), len(self._data))
        if at < 0:
            return ()
        line = self._data.read(at + 3, _LONGEST_BOUNDARY).partition(b"\n")[0].rstrip()
        return (line,) if line else ()

    @staticmethod
    def _is_nested(header: mime.Header) -> bool:
        plain = header.encoding in _IDENTITY
        return plain and header.kind.startswith(b"message/") and header.kind not in _NOT_NESTED

    def _envelope(self, start: int) -> int:
        """Where, from the end of line before `start` on, another message of a mailbox begins."""
        size = len(self._data)
        found = size
        if self._mailbox:
            for gap in (b"\n\n", b"\n\r\n"):
                at = self._data.find(gap + _ENVELOPE, max(0, start - len(gap)), found)
                found = at + len(gap) if at >= 0 else found
        return found

    def _separator(self, body: int, *, envelope: bool = True) -> tuple[int, int, bool]:
        """Where a body ends, where the next header begins, and whether it is another message's."""
        size = len(self._data)
        found = (size, size, False)
        for boundary in list(self._next):
            at = self._next[boundary]
            if 0 <= at < body:
                # From the line break before the body: the boundary may be its first line.
                at = self._data.find(b"\n--" + boundary, max(0, body - 1), size)
                self._next[boundary] = at
            if 0 <= at < found[0]:
                line = self._data.find(b"\n", at + 1, size)
                at -= self._data.read(max(0, at - 1), 1) == b"\r"
                found = (max(at, body), size if line < 0 else line + 1, False)
        if envelope and (at := self._envelope(body)) < found[0]:
            found = (at, at, True)
        return found

    def _body(self, header: mime.Header, end: int) -> Iterator[Event]:
        source = self._data.slice(header.body, end - header.body)
        decode = _DECODERS.get(header.encoding)
        if header.kind.startswith(b"multipart/") and decode is None:
            yield from self._wrapped(source)  # what stands before the first part
            return
        if header.kind in _TEXT and decode is None:
            yield from self._returned(source)
        content = source if decode is None else decode(source, self._budget)
        if header.name or header.kind not in _BODIES:
            yield _attachment(header.name, content)
        shown = self._is_shown(header)
        for event in stored_member(content, header.name, len(source), self._budget):
            yield replace(event, shown=True) if shown and isinstance(event, Child) else event
        if decode is None and header.encoding not in _IDENTITY | _WRAPPED:
            guess = transfer.base64(source, self._budget)
            yield from stored_member(guess, header.name, len(source), self._budget)
        yield from self._wrapped(content)

    def _is_shown(self, header: mime.Header) -> bool:
        """Whether mail programs show a body, as ClamAV sees it; else it is an attachment."""
        part = bool(self._next)
        if (part and header.kind != b"text/html") or header.kind not in _BODIES:
            return False
        if header.disposition:
            return not part or header.disposition == b"inline"
        return not header.name

    def _keep(self, header: mime.Header, end: int) -> None:
        fragment = header.fragment
        kept = sum(map(len, self._fragments.values()))
        if fragment is not None and kept < _MOST_PARTS:
            piece = self._data.slice(header.body, end - header.body)
            self._fragments.setdefault(fragment.message, {}).setdefault(fragment.number, piece)
            total = max(fragment.total, self._totals.get(fragment.message, 0))
            self._totals[fragment.message] = total

    def _assembled(self, message: bytes, pieces: dict[int, Fmap]) -> Iterator[Event]:
        """A message of which this mailbox has pieces."""
        if len(pieces) > 1:
            ordered = [pieces[number] for number in sorted(pieces)]
            whole = transfer.joined(ordered, self._budget)
            yield from stored_member(whole, b"", len(whole), self._budget, FileType.MAIL)
        total = self._totals[message]
        if not total or len(pieces) < total:
            found = ", ".join(map(str, sorted(pieces)))
            yield Problem(f"pieces {found} of {total or '?'} of a message, the others elsewhere")

    def _returned(self, body: Fmap) -> Iterator[Event]:
        """A message that a mail server sent back inside a text."""
        for field in _RETURNED:
            at = body.find(field, 0, len(body))
            if at >= 0:
                message = body.slice(at + 2, len(body) - at - 2)
                size = len(message)
                yield from stored_member(message, b"", size, self._budget, FileType.MAIL)
                return

    def _wrapped(self, body: Fmap) -> Iterator[Event]:
        """Files written into the text of a body."""
        for word, end_line, head, decode in _WRAPPED_HEADS:
            at = count = 0
            while count < _MOST_WRAPPED and (at := body.find(word, at, len(body))) >= 0:
                self._budget.check_time()
                begin = head.match(body.read(at, _WRAPPED_LINE))
                if begin is None or (at and body.read(at - 1, 1) != b"\n"):
                    at += len(word)
                    continue
                count += 1
                start = at + begin.end()
                end = body.find(end_line, start - 1, len(body))
                source = body.slice(start, (len(body) if end < 0 else end + 1) - start)
                kind = transfer.base64 if begin[0].startswith(b"begin-base64") else decode
                content = kind(source, self._budget)
                yield _attachment(begin[1], content)
                yield from stored_member(content, begin[1], len(source), self._budget)
                at = start + len(source)


def _attachment(name: bytes, content: Fmap) -> Member:
    """What ClamAV says of an attachment: no position, and the decoded size twice."""
    return Member(name or _NAMELESS, len(content), len(content), 0)
