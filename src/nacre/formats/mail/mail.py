"""Mail messages and mailboxes (.eml, mbox), MHTML.

Layout: a header, an empty line, a body. The body of a multipart is parts between lines
``--boundary``, each again a header and a body; the body of message/rfc822 is a message.
Spec: RFC 5322, RFC 2045 to 2049, RFC 2557, mbox(5). Yields one Child per body that is no container,
decoded, one per file that is written into a body with uuencode, yEnc or BinHex, and one per message
whose pieces (message/partial) are all over a mailbox; a Member for each attachment.

Nothing is believed about nesting: whatever boundary any header has named, a line with it begins a
part. A multipart without a boundary is cut at its first line ``--``. A line inside a text that says
how something is encoded begins a part as well, whatever keeps mail programs from seeing it there.
Where mail programs differ about where a body begins, ends or how it is encoded, each gets its own.
Of mails inside other text, such as programs that write some, a body without encoding and without an
end is no layer: it would be the rest of that text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import transfer
from nacre.formats import mail_facts
from nacre.formats.base import label, stored_member
from nacre.model.event import Child, Event, Member, Metadata, Problem
from nacre.model.filetype import FileType
from nacre.parsers import mime, mime_body
from nacre.parsers.mime_boundaries import Boundaries, Cut
from nacre.parsers.wrapped import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_LINE_END: Final = 2
_MOST_RELATED: Final = 1024
"""Parts of multipart/related, behind which ClamAV speaks of a limit, but goes on."""
_MOST_PARTS: Final = 20_000
"""Of one message; more than MaxFiles mostly is."""
_MOST_FRAGMENTS: Final = 1024
_ENVELOPE: Final = b"From "
_TEXT: Final = frozenset({b"", b"text/plain"})
_BODIES: Final = frozenset({b"", b"text/plain", b"text/html"})
_RELATED: Final = b"multipart/related"
_PARTS_LIMIT: Final = "EmailMIMEPartsPerMessage"
_MULTIPART: Final = b"multipart/"
_LEAVES: Final = (
    b"text/", b"image/", b"audio/", b"video/", b"application/", b"message/", b"font/", b"model/"
)  # fmt: skip
"""Types without parts; others with a boundary are misspelt."""
_MESSAGE: Final = b"message/"
_BEGINS_MAIL: Final = re.compile(rb"\s*(?:--|[!-9;-~]{1,200}[ \t]*:)")
_HEAD: Final = 1024
_NAMELESS: Final = b"unknown"
"""The name that ClamAV gives to an attachment without one."""
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n\f\v"
"""What may stand before a mail: a byte order mark, too."""
_RETURNED: Final = (b"\n\nReturn-Path: ", b"\n\nReceived: ", b"\n\nContent-Type: ", b"\n\nFrom: ")
"""What a message inside a text begins with, an empty line before."""


class MailHandler:
    """Opens mails."""

    TYPES: ClassVar = frozenset({FileType.MAIL, FileType.MHTML})
    OPTION: ClassVar = "scan_mail"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what the bodies hold."""
        return _Walk(data, budget).events()

    def describe(self, data: Fmap, budget: Budget) -> Iterator[Metadata]:
        """Tell what the headers say."""
        yield Metadata("Body", mail_facts.body(data, mail_facts.outline(data, budget)))


class _Walk:
    """Goes through one mail or mailbox, front to back."""

    def __init__(self, data: Fmap, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._mailbox = data.read(0, len(_ENVELOPE)) == _ENVELOPE
        self._boundaries = Boundaries(data)
        self._next_envelope = (0, -1)
        """Where the search for an envelope began, and what it found."""
        self._standard = True
        """Whether the standard sees a part here as well."""
        self._inside = False
        """Whether this header stands in the body of another part, which was yielded."""
        self._inherited: tuple[bytes, ...] = ()
        """Encodings of a part that had no body."""
        self._related = False
        self._parts = self._hidden = 0
        self._fragments: dict[bytes, dict[int, Fmap]] = {}
        """Pieces of messages, by message and number."""
        self._totals: dict[bytes, int] = {}
        self._embedded = False
        """Whether the layer begins with something else: mails inside it may be examples."""
        self._passed_over = len(data)
        """Where the first text begins that is no layer."""

    def events(self) -> Iterator[Event]:
        yield from self._all_parts()
        rest = self._data.slice(self._passed_over, len(self._data) - self._passed_over)
        yield from self._wrapped(rest)
        for message, pieces in self._fragments.items():
            yield from self._assembled(message, pieces)
        if self._boundaries.ignored:
            yield Problem(f"boundaries that were not looked for: {self._boundaries.ignored}")

    def _all_parts(self) -> Iterator[Event]:
        position = first = 0
        size = len(self._data)
        head = self._data.read(0, _HEAD)
        self._embedded = not mime.begins(self._data, len(head) - len(head.lstrip(_BLANKS)))
        while position < size:
            self._budget.check_time()
            # A boundary may stand right here, but the envelope line here is this message's own.
            self._boundaries.until = self._envelope(position + 2)
            known_end = min(self._boundaries.cut(position).end, self._boundaries.until)
            header = mime.header(self._data, position, known_end, leading=position == first)
            if self._embedded and not header.plausible and header.seen > position:
                first = position = header.seen
                continue
            if header.limit is not None:
                yield Problem(f"{header.limit} exceeded", limit=header.limit)
            header = self._inherit(header)
            self._learn(header, position)
            if mime_body.holds_message(header) and position < header.body < size:
                position = header.body
                continue
            cut = self._cut(header.body)
            if self._is_rest(header, cut) and position < header.body < size:
                first = position = header.body
                self._passed_over = min(self._passed_over, position)
                continue
            hidden = mime.next_header(self._data, header.bodies[-1], cut.end)
            yield from self._part(header, cut, hidden)
            position = self._go_on(cut, hidden)
            too_many = self._parts + self._hidden >= _MOST_PARTS
            if too_many or (self._related and self._parts == _MOST_RELATED and hidden < 0):
                yield Problem(f"{_PARTS_LIMIT} exceeded", limit=_PARTS_LIMIT)
            if too_many:
                return

    def _is_rest(self, header: mime.Header, cut: Cut) -> bool:
        """Whether a body is nothing but what is behind a mail inside other text."""
        plain = mime_body.is_plain(header.encodings) and header.kind in _TEXT
        return self._embedded and plain and cut.end == len(self._data)

    def _inherit(self, header: mime.Header) -> mime.Header:
        """A header that stopped half way may go on in the next one."""
        if header.encodings or not self._inherited:
            return header
        return header._replace(encodings=(b"7bit", *self._inherited))

    def _learn(self, header: mime.Header, start: int) -> None:
        boundaries = header.boundaries
        multipart = header.kind.startswith(_MULTIPART)
        if multipart:
            self._related = header.kind == _RELATED
        if not boundaries and multipart:
            guess = self._boundaries.guess(header.body)
            boundaries = () if guess is None else (guess,)
        opens = not (self._inside or header.kind.startswith(_LEAVES))
        self._boundaries.learn(boundaries, start, opens=opens, hidden=self._inside)

    def _envelope(self, start: int) -> int:
        """Where, from the end of line before `start` on, another message of a mailbox begins."""
        size = len(self._data)
        if not self._mailbox:
            return size
        since, found = self._next_envelope
        if not since <= start <= found:
            found = size
            for gap in (b"\n\n", b"\n\r\n"):
                at = self._data.find(gap + _ENVELOPE, max(0, start - len(gap)), found)
                found = at + len(gap) if at >= 0 else found
            self._next_envelope = (start, found)
        return found

    def _cut(self, body: int) -> Cut:
        """Where a body ends; without a boundary if another message begins there."""
        at = self._boundaries.until = self._envelope(body)
        cut = self._boundaries.cut(body)
        return Cut(at, at) if at < cut.end else cut

    def _go_on(self, cut: Cut, hidden: int) -> int:
        """Where the next header is."""
        self._inside = hidden >= 0
        if self._inside:
            self._hidden += 1
            return hidden
        if cut.boundary is None:
            self._parts = self._hidden = 0
            self._standard = True
            self._boundaries.clear()
        else:
            self._parts += 1
            self._standard = self._boundaries.passed(cut)
        return cut.following

    def _part(self, header: mime.Header, cut: Cut, hidden: int) -> Iterator[Event]:
        end = hidden if self._inside and hidden >= 0 else cut.end
        half = not header.ended or 0 <= hidden - header.bodies[-1] <= _LINE_END
        self._inherited = header.encodings if half else ()
        for body in header.bodies:
            if body <= end:
                yield from self._body(header, body, end)
        if self._inside:
            return
        encoded = not mime_body.is_plain(header.encodings)
        whole = not (self._embedded or self._fragments)
        if encoded and whole and cut.boundary is None and len(self._boundaries):
            yield Problem(f"{label(header.name)}: no boundary behind it, it may be cut")
        self._keep(header, end)
        if self._standard:
            end = min(self._boundaries.standard_end(header.body), self._envelope(header.body))
            if end > cut.end:
                yield from self._body(header, header.body, end)

    def _body(self, header: mime.Header, start: int, end: int) -> Iterator[Event]:
        source = self._data.slice(start, end - start)
        for method, content in mime_body.readings(header.encodings, source, self._budget):
            file_type = _forced_type(header.kind, content)
            if method != "plain":
                yield from self._content(header, content, end - start, file_type)
                yield from self._wrapped(content)
            elif not self._inside and not header.kind.startswith(_MULTIPART):
                yield from self._returned(source) if header.kind in _TEXT else ()
                yield from self._content(header, content, end - start, file_type)
        if not self._inside:
            yield from self._wrapped(source)

    def _content(
        self, header: mime.Header, content: Fmap, size: int, file_type: FileType | None
    ) -> Iterator[Event]:
        if header.name or header.kind not in _BODIES:
            yield _attachment(header.name, content)
        shown = self._is_shown(header)
        for event in stored_member(content, header.name, size, self._budget, file_type):
            yield replace(event, shown=True) if shown and isinstance(event, Child) else event

    def _wrapped(self, text: Fmap) -> Iterator[Event]:
        """Files written into the text of a body."""
        for name, content, size, file_type, fault in wrapped(text, self._budget):
            if file_type is None:
                yield _attachment(name, content)
            yield from stored_member(content, name, size, self._budget, file_type)
            if fault is not None and not self._embedded:
                yield Problem(f"{label(name)}: {fault}")

    def _is_shown(self, header: mime.Header) -> bool:
        """Whether mail programs show a body, as ClamAV sees it; else it is an attachment."""
        part = len(self._boundaries) > 0
        if (part and header.kind != b"text/html") or header.kind not in _BODIES:
            return False
        if header.disposition:
            return not part or header.disposition == b"inline"
        return not header.name

    def _keep(self, header: mime.Header, end: int) -> None:
        fragment = header.fragment
        kept = sum(map(len, self._fragments.values()))
        if fragment is not None and kept < _MOST_FRAGMENTS:
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


def _forced_type(kind: bytes, content: Fmap) -> FileType | None:
    """What is said to be a mail or parts of one is that if it looks like it."""
    if not kind.startswith((_MESSAGE, _MULTIPART)) or kind in mime_body.NOT_NESTED:
        return None
    return FileType.MAIL if _BEGINS_MAIL.match(content.read(0, _HEAD)) else None


def _attachment(name: bytes, content: Fmap) -> Member:
    """What ClamAV says of an attachment: no position, and the decoded size twice."""
    return Member(name or _NAMELESS, len(content), len(content), 0)
