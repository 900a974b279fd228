"""Mails that no standard describes, which mail programs read all the same."""

from __future__ import annotations

import pytest

from compat.mail import ENVELOPE, HEAD, TEXT, attachment, multipart
from compat.odd_mail import NAMED, TYPE, binhex, mail, odd_mails
from nacre.formats.mail.mail import MailHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

PAYLOAD = bytes(range(256)) * 3


def events(data: bytes) -> list[Event]:
    return list(MailHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def children(data: bytes) -> list[Child]:
    return [event for event in events(data) if isinstance(event, Child)]


def contents(data: bytes) -> list[bytes]:
    return [child.data.read(0, len(child.data)) for child in children(data)]


def hides(data: bytes, depth: int = 3) -> bool:
    """Whether the payload comes out, of mails inside as well."""
    for child in children(data) if depth else ():
        content = child.data.read(0, len(child.data))
        if child.file_type is FileType.BINHEX:
            content = binhex(PAYLOAD) if content.startswith(binhex(PAYLOAD)) else b""
            return bool(content)
        # A text encoding adds a line break at the end, and so does what stands before a boundary.
        if content.removesuffix(b"\n") == PAYLOAD or hides(content, depth - 1):
            return True
    return False


@pytest.mark.parametrize("name", sorted(odd_mails(PAYLOAD)))
def test_the_attachment_is_found(name: str) -> None:
    assert hides(odd_mails(PAYLOAD)[name])


@pytest.mark.parametrize("encoding", [b"base64", b"quoted-printable", b"8bit"])
def test_an_honest_mail_is_read_once(encoding: bytes) -> None:
    found = contents(mail(attachment(b"a file", encoding), attachment(b"another", encoding)))
    assert found == [b"hello\n", b"a file", b"another"]


def test_a_text_with_headers_in_it_stays_whole() -> None:
    text = b"it says:\n\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n\nContent-Type: x\n\nend"
    assert {text, b"hello"} <= set(contents(HEAD + b"\n" + text))


def test_a_boundary_that_is_done_with_cuts_once() -> None:
    closed = multipart([TEXT], b"IN", b"multipart/alternative; boundary=IN")
    whole = b"--IN\n".join(b"line %d\n" % number for number in range(20))
    found = contents(mail(closed, TYPE + NAMED + b"\n" + whole))
    assert found.count(whole) == 1
    assert sum(map(len, found)) < 3 * len(whole)


def test_a_message_that_is_said_to_be_one_and_is_not() -> None:
    head = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    (_, program), (_, message) = (
        children(mail(head + text)) for text in (b"TVqQAAMA", b"WDogeQoK")
    )
    assert program.file_type is None
    assert message.file_type is FileType.MAIL


def test_headers_in_one_message_of_a_mailbox_do_not_count_in_the_next() -> None:
    one = ENVELOPE + HEAD + b"\n" + b"Content-Type: x\n\n" * 6000 + b"\n"
    assert not [event for event in events(one * 4) if isinstance(event, Problem)]


def test_boundaries_named_in_bodies_beyond_the_bound_are_told() -> None:
    def text(count: int) -> bytes:
        named = (b"Content-Type: multipart/mixed; boundary=B%d\n\nx\n\n" % n for n in range(count))
        return HEAD + b"\n" + b"".join(named)

    assert not [event for event in events(text(30)) if isinstance(event, Problem)]
    told = [event.reason for event in events(text(40)) if isinstance(event, Problem)]
    assert told == ["boundaries that were not looked for: 8"]


@pytest.mark.parametrize("front", [b"", b"junk words\n"])
@pytest.mark.parametrize("field", [b"Content-Type", b"Content-Typ"])
def test_a_page_without_an_end_behind_junk(front: bytes, field: bytes) -> None:
    page = b"<html><body>words</body></html>\n"
    parts = b"\n--B\nContent-Type: text/html\n\n" + page
    assert page in b"".join(
        contents(front + HEAD + field + b': multipart/related; boundary="B"\n' + parts)
    )
