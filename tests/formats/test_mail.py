from __future__ import annotations

import base64
import binascii
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.mail import HEAD, attachment, mails, multipart, uuencoded, yencoded
from nacre.codecs import transfer
from nacre.formats.mail.mail import MailHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Member, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers import mime

PAYLOAD = bytes(range(256)) * 3


def events(mail: bytes, limits: Limits | None = None) -> list[Event]:
    return list(MailHandler().extract(Fmap.from_bytes(mail), Budget(limits or Limits())))


def children(mail: bytes) -> dict[bytes, bytes]:
    found = (event for event in events(mail) if isinstance(event, Child))
    return {child.name: child.data.read(0, len(child.data)) for child in found}


def everything(mail: bytes, depth: int = 0) -> set[bytes]:
    """All contents, those of mails that were found inside included."""
    found: set[bytes] = set()
    for event in events(mail) if depth < 3 else ():
        if isinstance(event, Child):
            data = event.data.read(0, len(event.data))
            found |= {data, *everything(data, depth + 1)}
    return found


@pytest.mark.parametrize("name", sorted(mails(PAYLOAD)))
def test_the_attachment_is_found(name: str) -> None:
    # A text encoding adds a line break at the end, and so does what stands before a boundary.
    assert {PAYLOAD, PAYLOAD + b"\n"} & everything(mails(PAYLOAD)[name])


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'attachment; filename="a b.exe"', b"a b.exe"),
        (b"attachment; filename=plain.exe", b"plain.exe"),
        (b"attachment; filename*=utf-8'en'a%20b.exe", b"a b.exe"),
        (b"attachment; filename*0*=utf-8''%e2%82%ac; filename*1=.exe", "€.exe".encode()),
        (b'attachment; filename="=?utf-8?B?4oKsLmV4ZQ==?="', "€.exe".encode()),
        (b'attachment; filename="=?iso-8859-1?Q?=E4_b.exe?="', "ä b.exe".encode()),
        (b'attachment; filename="=?unicode_escape?Q?=5Cx41?="', rb"\x41"),
        (b'attachment (comment; filename=no.txt) ; filename="a\\"b"', b'a"b'),
        (b"attachment;\r\n filename=folded.exe", b"folded.exe"),
    ],
)
def test_names(disposition: bytes, name: bytes) -> None:
    part = b"Content-Disposition: " + disposition + b"\nContent-Transfer-Encoding: base64\n\naGk=\n"
    assert children(HEAD + part) == {name: b"hi"}


@given(st.binary(max_size=400))
def test_encodings_round_trip(data: bytes) -> None:
    budget = Budget(Limits())
    cases = [
        (transfer.base64, base64.encodebytes(data)),
        (transfer.quoted_printable, binascii.b2a_qp(data, istext=False)),
        (transfer.uuencode, uuencoded(data).partition(b"\n")[2]),
        (transfer.yenc, yencoded(data)),
    ]
    for decode, text in cases:
        decoded = decode(Fmap.from_bytes(text), budget)
        assert decoded.read(0, len(decoded)) == data


@given(st.binary(max_size=300))
def test_any_text_decodes_to_something(text: bytes) -> None:
    base64s = (transfer.base64, transfer.base64_cut, transfer.base64_lines)
    for decode in (
        *base64s,
        transfer.base64_padded,
        transfer.quoted_printable,
        transfer.uuencode,
        transfer.yenc,
    ):
        decode(Fmap.from_bytes(text), Budget(Limits()))


def test_decoders_stop_beyond_what_a_child_may_have() -> None:
    text = base64.encodebytes(bytes(100_000))
    decoded = transfer.base64(Fmap.from_bytes(text), Budget(Limits(max_file_size=1000)))
    assert len(decoded) == 1001
    mail = HEAD + attachment(bytes(100_000))
    problems = events(mail, Limits(max_file_size=1000))
    assert [event.limit for event in problems if isinstance(event, Problem)] == ["MaxFileSize"]


def test_a_name_decoded_as_in_the_peer_is_kept_short() -> None:
    header = mime.header(Fmap.from_bytes(b"Content-Type: x; name=" + b"a" * 100_000), 0, 1 << 20)
    assert len(header.name) < 20_000


def test_limits_of_headers_and_parts() -> None:
    def limits_of(mail: bytes) -> list[str | None]:
        return [event.limit for event in events(mail) if isinstance(event, Problem)]

    assert limits_of(b"X: y\n" * 2000 + b"\nbody") == ["EmailHeaders"]
    assert limits_of(b"X: " + b"y" * (300 << 10) + b"\n\nbody") == ["EmailHeaderBytes"]
    many = multipart([b"\nx"] * 1100)
    assert limits_of(HEAD + many) == []
    related = many.replace(b"multipart/mixed", b"multipart/related")
    assert limits_of(HEAD + related) == ["EmailMIMEPartsPerMessage"]
    assert limits_of(HEAD + multipart([b""] * 30_000)) == ["EmailMIMEPartsPerMessage"]


@pytest.mark.parametrize(
    "mail",
    [
        HEAD + multipart([b""] * 20_000),
        HEAD + b"".join(b"Content-Type: multipart/x; boundary=b%d\n" % n for n in range(1000)),
        HEAD + b"\n" + b"\n--" * 300_000,
        HEAD + b"\n" + b"begin 644 x\n" * 20_000,
        b"From x\n\n" * 100_000,
        HEAD + b"Content-Type: text/plain; " + b"(" * 200_000,
        HEAD + b"Content-Type: multipart/mixed; " + b"boundary=x; " * 20_000 + b"\n\n--x\n\n",
        HEAD + b"Content-Type: message/rfc822\n\n" * 30_000,
        HEAD + b"\n" + b"Content-Type: x\n\n" * 50_000,
        HEAD + b"\n" + b"content-t" * 500_000,
        HEAD + multipart([b"stray\n" * 1000] * 500),
        HEAD + b"\r" * 1_000_000,
        HEAD + b"Content-Type: multipart/x; boundary=a\n\n" + b"--ab\n" * 50_000,
        HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"= " * 1_000_000,
    ],
    ids=[
        "parts",
        "boundaries",
        "dashes",
        "begins",
        "envelopes",
        "brackets",
        "names",
        "messages",
        "headers",
        "hints",
        "stray",
        "returns",
        "prefixes",
        "breaks",
    ],
)
def test_hostile_mails_end_soon(mail: bytes) -> None:
    # No more events than the engine would take of them; the time limit is raised where it is met.
    budget = Budget(Limits(max_scan_time=60_000))
    found = MailHandler().extract(Fmap.from_bytes(mail), budget)
    assert all(isinstance(event, Child | Member | Problem) for event in islice(found, 2000))


def test_bits_behind_the_last_byte_are_nothing() -> None:
    text = Fmap.from_bytes(b"!80__\n")
    assert transfer.uuencode(text, Budget(Limits())).read(0, 9) == b"a"


def fragment(number: int, text: bytes, total: bytes = b"; total=3") -> bytes:
    kind = b'message/partial; id="one@example.org"; number=%d' % number + total
    return b"From sender\nFrom: a@example.org\nContent-Type: " + kind + b"\n\n" + text + b"\n"


def test_pieces_of_a_message_are_put_together() -> None:
    whole = HEAD + multipart([attachment(PAYLOAD)])
    third = whole.find(b"\n", len(whole) // 3) + 1
    pieces = [whole[:third], whole[third : 2 * third], whole[2 * third :]]
    order = [fragment(number + 1, pieces[number]) for number in (1, 0, 2)]
    assert PAYLOAD in everything(b"\n".join(order))
    assert not [event for event in events(b"\n".join(order)) if isinstance(event, Problem)]
    told = [event for event in events(b"\n".join(order[:2])) if isinstance(event, Problem)]
    assert told == [Problem("pieces 1, 2 of 3 of a message, the others elsewhere")]
    endless = fragment(1, b"text", b"; total=%d" % 10**19)
    assert isinstance(events(endless)[-1], Problem)


def test_attachments_are_members() -> None:
    named = b'Content-Disposition: attachment; filename="x.exe"\n'
    part = b"Content-Type: application/x\n" + named + b"Content-Transfer-Encoding: base64\n\naGkh\n"
    bare = b"Content-Type: application/x\n\nabcdef\n"
    mail = HEAD + multipart([b"Content-Type: text/plain\n\nhello\n", part, bare])
    members = [event for event in events(mail) if isinstance(event, Member)]
    assert members == [Member(b"x.exe", 3, 3, 0), Member(b"unknown", 7, 7, 0)]


def test_an_attachment_without_a_boundary_behind_it_may_be_cut() -> None:
    whole = HEAD + multipart([b"Content-Type: text/plain\n\nhello\n", attachment(PAYLOAD)])
    told = "one.bin: no boundary behind it, it may be cut"
    for mail, reasons in ((whole, []), (whole[:-200], [told]), (HEAD + attachment(PAYLOAD), [])):
        found = MailHandler().extract(Fmap.from_bytes(mail), Budget(Limits()))
        assert [event.reason for event in found if isinstance(event, Problem)] == reasons


CODE = b"def one():\n    pass\n\nelse:\n    text\n\n"


@pytest.mark.parametrize("front", [CODE, b"\xde\x12\x04\x95\0\0\0Options:\n\n\0Usage: x\n\n"])
def test_mails_inside_something_else(front: bytes) -> None:
    """A translation or a program with mails in it: the rest of it is no layer of a layer."""
    both = HEAD + multipart([b"Content-Type: text/plain\n\nhello\n", attachment(PAYLOAD)])
    plain = HEAD + b"Content-Type: text/plain; charset=utf-8\n\nhello\n\n"
    found = children(front + plain + CODE + plain + both + CODE)
    assert found[b"one.bin"] == PAYLOAD
    assert children(front + plain + CODE + plain) == {}
    written = children(front + plain + CODE + uuencoded(PAYLOAD))
    assert written == {b"one.bin": PAYLOAD}


def test_a_mailbox_is_searched_once() -> None:
    envelope = b"From a@example.org Thu Nov 26 00:00:00 2026\n"
    mixed = b"multipart/mixed; boundary=B%d"
    text = b"Content-Type: text/plain\n\nhello\n"
    mail = HEAD + multipart([text], b"B%d", mixed) + b"\n" * 30_000
    mailbox = Fmap.from_bytes(b"".join(envelope + mail % (n, n, n) + b"\n" for n in range(600)))
    budget = Budget(Limits(max_scan_time=20_000))
    assert sum(isinstance(event, Child) for event in MailHandler().extract(mailbox, budget)) >= 600


def test_files_written_into_a_text_that_are_not_whole() -> None:
    def told(text: bytes) -> list[str]:
        found = events(HEAD + b"\n" + text)
        return list(dict.fromkeys(event.reason for event in found if isinstance(event, Problem)))

    text = yencoded(PAYLOAD)
    assert told(text[:-1] + b" crc32=%08x\n" % binascii.crc32(PAYLOAD)) == []
    wrong = "one.bin: the content has another checksum than it should"
    assert told(text[:-1] + b" crc32=12345678\n") == [wrong]
    assert told(text[:200]) == ["one.bin: no end line"]
    assert told(uuencoded(PAYLOAD)[:200]) == ["one.bin: no end line"]
    assert told(b"begin 2020 with\na good meal and a walk\n") == []
    short = text.replace(b"size=768", b"size=999")
    assert told(short) == ["one.bin: 999 bytes promised, 768 present"]
    part = text.replace(b"=ybegin ", b"=ybegin part=2 total=3 ")
    assert told(part) == ["one.bin: part 2 of 3 of a file"]
