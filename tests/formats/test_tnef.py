from __future__ import annotations

import tnef
from nacre.formats.mail.tnef import TnefHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Member, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

LONG_NAME = (tnef.STRING8, tnef.LONG_FILENAME, b"long.exe\0")
RTF = rb"{\rtf1\ansi " + b"a" * 40 + b"bb" + bytes(range(32, 127)) + b"c" * 5000 + b"}"


def events(data: bytes) -> list[Event]:
    return list(TnefHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def children(data: bytes) -> list[tuple[bytes, bytes]]:
    found = (event for event in events(data) if isinstance(event, Child))
    return [(child.name, child.data.read(0, len(child.data))) for child in found]


def test_attachments_are_named_by_their_properties() -> None:
    data = tnef.stream(
        tnef.attachment(
            b"SHORT~1.EXE", b"first", [(tnef.STRING8, tnef.LONG_FILENAME, b"long.exe\0")]
        ),
        tnef.attachment(b"second.txt", b"second"),
    )
    assert children(data) == [(b"long.exe", b"first"), (b"second.txt", b"second")]
    members = [event for event in events(data) if isinstance(event, Member)]
    assert members == [Member(b"long.exe", 5, 5, 0), Member(b"second.txt", 6, 6, 0)]


def test_the_type_of_an_attribute_does_not_matter() -> None:
    data = tnef.stream(tnef.attachment(b"x.exe", b"content"))
    other = data.replace(b"\x0f\x80\x06\0", b"\x0f\x80\x07\0")
    assert other != data
    assert children(other) == children(data) == [(b"x.exe", b"content")]


def test_an_embedded_message_is_a_child() -> None:
    inner = tnef.stream(tnef.attachment(b"in.txt", b"inner"))
    values = [(tnef.OBJECT, tnef.DATA_OBJECT, tnef.IMESSAGE + inner)]
    data = tnef.stream(tnef.attachment(b"message", None, values))
    assert children(data) == [(b"message", inner)]


def test_bodies() -> None:
    values = [
        (tnef.BINARY, tnef.HTML, b"<html>hello</html>"),
        (tnef.BINARY, tnef.RTF, tnef.compressed(RTF)),
        (tnef.BINARY, tnef.RTF, b"\0" * 8 + b"MELA" + b"\0" * 4 + b"stored"),
    ]
    data = tnef.stream(tnef.attribute(1, 0x2800C, b"plain text"), tnef.message(values))
    assert children(data) == [
        (b"", b"plain text"),
        (b"", b"<html>hello</html>"),
        (b"body.rtf", RTF),
        (b"body.rtf", b"stored"),
    ]


def test_damaged_rtf_is_told_and_kept() -> None:
    values = [(tnef.BINARY, tnef.RTF, tnef.compressed(RTF)[:60])]
    *kept, problem = events(tnef.stream(tnef.message(values)))
    assert [type(event) for event in kept] == [Child]
    assert problem == Problem("body.rtf: the compressed data ends early")


def test_properties_that_lie() -> None:
    values = (
        b"\xff\xff\xff\xff" + b"\x1e\x00\x04\x37" + b"\xff\xff\xff\xff" + b"\xff\xff\xff\x7fabc"
    )
    data = tnef.stream(tnef.attachment(b"x", b"content"), tnef.attribute(2, 0x69005, values))
    kept, told = events(data)[1:]
    assert isinstance(kept, Child)
    assert isinstance(told, Problem)
