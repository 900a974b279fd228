"""Headers of mail, and where bodies begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers import mime, mime_body
from nacre.parsers.mime_boundaries import Boundaries
from nacre.parsers.wrapped import wrapped


def header(text: bytes) -> mime.Header:
    return mime.header(Fmap.from_bytes(text), 0, len(text))


def bodies(text: bytes) -> list[bytes]:
    return [text[at:] for at in header(text).bodies]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"A: b\n\nx", [b"x"]),
        (b"A: b\r\n\r\nx", [b"x"]),
        (b"A: b\r\r\n\r\r\nx", [b"x"]),
        (b"A: b\n\rC: d\n\r\n\rx", [b"\rx"]),
        (b"A: b\r\rx", [b"x"]),
        (b"A: b\n c\n\nx", [b"x"]),
        (b"A: b\nx\n\ny", [b"x\n\ny"]),
        (b"A: b\nx\nContent-Type: c\n\ny", [b"x\nContent-Type: c\n\ny", b"y"]),
        (b"A: b\n \nContent-Type: c\n\ny", [b" \nContent-Type: c\n\ny", b"y"]),
        (b"A: b\nx\nC: d\n\ny", [b"x\nC: d\n\ny"]),
        (b"\nx", [b"x"]),
        (b"x", [b"x"]),
        (b"A: b", [b""]),
    ],
)
def test_where_the_body_begins(text: bytes, expected: list[bytes]) -> None:
    assert bodies(text) == expected


def test_what_a_header_says() -> None:
    said = header(
        b"Content-Transfer-Encoding: 7BIT (a)\nContent-Transfer-Encoding: base64; b\n"
        b'Content-Type: multipart/x; boundary="a"; boundary=b; boundary*0=c; boundary*1=d\n\n'
    )
    assert said.encodings == (b"7bit", b"base64")
    assert said.kind == b"multipart/x"
    assert set(said.boundaries) == {b"a", b"b", b"cd"}
    assert said.boundaries[0] == b"a"


def test_a_field_without_colon() -> None:
    said = header(b"Content-Transfer-Encoding base64\ncontent-type\ttext/html\n\n")
    assert (said.encodings, said.kind) == ((b"base64",), b"text/html")


@pytest.mark.parametrize("before", [0, 1, 4095, 4096, 4097, 4000, 1 << 20])
def test_the_next_header(before: int) -> None:
    text = b"x" * before + b"\nCONTENT-type : a\n"
    data = Fmap.from_bytes(text)
    assert mime.next_header(data, 0, len(text)) == before + 1
    assert mime.next_header(data, 0, before) == -1
    inside = b"x" * before + b" content-type: a\n"
    assert mime.next_header(Fmap.from_bytes(inside), 0, len(inside)) == -1


def test_boundaries() -> None:
    text = b"--a\nx\n--ab\ny\n--a \nz\n--a--\t\nw\n--a\n"
    boundaries = Boundaries(Fmap.from_bytes(b"\n" + text))
    boundaries.learn([b"a"], 0, opens=True)
    ends, standard = [], []
    position = 1
    while (cut := boundaries.cut(position)).boundary is not None:
        standard.append(boundaries.standard_end(position))
        ends.append((cut.end, boundaries.passed(cut)))
        position = cut.following
    whole = len(text) + 1
    assert ends == [(1, True), (6, False), (13, True), (20, True), (29, False)]
    assert standard == [1, 13, 13, 20, whole]


@pytest.mark.parametrize(
    ("encodings", "text", "expected"),
    [
        ([], b"aGk=", [b"aGk="]),
        ([b"base64"], b"aGk=\n", [b"hi"]),
        ([b"base64"], b"a=Gk=\naGk=\n", [b"\x1ahi", b"hi", b"i\xa1\xa4", b"\x1ahi"]),
        ([b"base64"], b"aGk=\naGk=\n", [b"hihi", b"hi", b"hi\x1a\x1a"]),
        ([b"base64"], b"aGkh\n\nb", [b"hi!l", b"hi!", b"l"]),
        ([b"base64"], b"a\naGkh\n", [b"i\xa1\xa4\x84", b"hi!"]),
        ([b"base64"], b"aGkh=3D\naGkh", [b"hi!\xdc6\x86\x92", b"hi!\xdc6\x86\x92", b"hi!hi!"]),
        ([b"quoted-printable"], b"=68i= \n!", [b"hi!"]),
        ([b"7bit", b"base64"], b"aGk=", [b"aGk=", b"hi"]),
        ([b"x"], b"aGk=", [b"aGk=", b"hi", b"aGk"]),
        ([b"x-qp"], b"=68", [b"h"]),
        ([b"qp"], b"==68=\0\n", [b"=h"]),
        ([b"uue"], b"#:&DA\n", [b"#:&DA\n", b"hi!"]),
        ([b"uue"], b"begin 644 x\n#:&DA\n", [b"begin 644 x\n#:&DA\n"]),
        ([b"8bit"], b"YWJj" * 20, [b"YWJj" * 20, b"abc" * 20]),
        ([b"8bit"], b"a word " * 20, [b"a word " * 20]),
    ],
)
def test_readings(encodings: list[bytes], text: bytes, expected: list[bytes]) -> None:
    found = mime_body.readings(encodings, Fmap.from_bytes(text), Budget(Limits()))
    assert [content.read(0, len(content)) for _, content in found] == expected


@given(st.binary(max_size=300), st.sampled_from([[], [b"base64"], [b"x"], [b"qp"]]))
def test_any_body_reads_as_something(text: bytes, encodings: list[bytes]) -> None:
    data = Fmap.from_bytes(text)
    assert list(mime_body.readings(encodings, data, Budget(Limits())))
    header(text)
    list(wrapped(Fmap.from_bytes(b"begin 644 x\n" + text), Budget(Limits())))
