from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.errors import ProtocolError
from nacre.protocol.client import MAX_ANSWER, Answer, AnswerReader, Kind, command, parse


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"/a: OK", Answer(Kind.OK, b"/a", b"")),
        (b"/a: b: OK", Answer(Kind.OK, b"/a: b", b"")),
        (b"/a: Name FOUND", Answer(Kind.FOUND, b"/a", b"Name")),
        (b"/a: b: Name FOUND", Answer(Kind.FOUND, b"/a: b", b"Name")),
        (b"/a: Access denied. ERROR", Answer(Kind.ERROR, b"/a", b"Access denied.")),
        (b"/a: Excluded", Answer(Kind.OTHER, b"", b"/a: Excluded")),
        (b"UNKNOWN COMMAND", Answer(Kind.OTHER, b"", b"UNKNOWN COMMAND")),
        (
            b"INSTREAM size limit exceeded. ERROR",
            Answer(Kind.ERROR, b"", b"INSTREAM size limit exceeded."),
        ),
    ],
)
def test_lines(line: bytes, answer: Answer) -> None:
    assert parse(line) == answer


def test_lines_of_a_session() -> None:
    assert parse(b"12: /a: OK", session=True) == Answer(Kind.OK, b"/a", b"", 12)
    with pytest.raises(ProtocolError):
        parse(b"/a: OK", session=True)


@given(st.binary(max_size=200), st.booleans())
def test_any_line_is_an_answer_or_an_error(line: bytes, session: bool) -> None:  # noqa: FBT001 - drawn
    try:
        parse(line, session=session)
    except ProtocolError:
        assert session


@given(st.lists(st.binary(max_size=10).map(bytes.hex).map(str.encode)), st.data())
def test_the_packets_do_not_matter(lines: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(line + b"\0" for line in lines)
    found: list[bytes] = []
    reader, position = AnswerReader(), 0
    while position < len(sent):
        size = data.draw(st.integers(1, len(sent) - position))
        found += reader.feed(sent[position : position + size])
        position += size
    found += reader.feed(b"")
    assert found == lines


def test_a_line_without_end_is_none() -> None:
    with pytest.raises(ProtocolError):
        list(AnswerReader().feed(bytes([65]) * (MAX_ANSWER + 1)))


def test_a_path_cannot_end_a_command() -> None:
    assert command(b"SCAN", b"/a\nb") == b"zSCAN /a\nb\0"
    with pytest.raises(ProtocolError):
        command(b"SCAN", b"/a\0zSHUTDOWN")
