"""Files that are written into texts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from literals import CONTENT, TEXTS
from nacre.codecs import literal
from nacre.formats.text.literal import LiteralHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits


def events(data: bytes) -> list[Event]:
    return list(LiteralHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def contents(data: bytes) -> list[bytes]:
    return [event.data.read(0, 1 << 24) for event in events(data) if isinstance(event, Child)]


@pytest.mark.parametrize("case", TEXTS)
def test_what_is_written_into_a_text_is_found(case: str) -> None:
    text = TEXTS[case].encode()
    assert contents(text) == [CONTENT]
    assert contents(text.replace(b"\n", b"\r\n")) == [CONTENT]
    assert contents(b"x" * 2_000_000 + b"\n" + text) == [CONTENT]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_texts_in_utf_16(encoding: str) -> None:
    for text in TEXTS.values():
        assert contents(f"Rem a script\r\n{text}".encode(encoding)) == [CONTENT]
    assert contents(("\ufeff" + TEXTS["lines"]).encode("utf-16-be")) == [CONTENT]


def test_the_beginning_of_a_file_is_that_of_a_literal() -> None:
    inside = base64.b64encode(b"abc" * 7 + CONTENT)
    assert b"TVqQAA" in inside
    assert not contents(inside)


def test_what_is_too_short_is_no_file() -> None:
    assert not contents(b'var x = "TVqQAAMAAAAEAAAA";')


def test_words_behind_a_literal_are_not_of_it() -> None:
    text = base64.b64encode(CONTENT[:510])
    assert contents(text + b"\nSome words\n") == [CONTENT[:510]]
    assert contents(text + b" word") == [CONTENT[:510]]
    assert contents(b'"' + text + b'" word "more"') == [CONTENT[:510]]


def test_several() -> None:
    text = "\n".join(TEXTS.values()).encode()
    assert contents(text) == [CONTENT] * len(TEXTS)
    many = (b'"' + base64.b64encode(CONTENT) + b'" ;\n') * 1001
    found = events(many)
    assert len(found) == 1001
    assert found[-1] == Problem("more than 1000 files are written into it")


def test_a_text_of_marks_alone() -> None:
    assert contents(b"TVqQAA\n" * 200_000) == [base64.b64decode(b"TVqQAA" * 200_000)]
    assert contents(b"77,90,144,0\n" * 100_000) == [b"MZ\x90\0" * 100_000]
    assert events(b"TVqQAA!" * 200_000) == [Problem("more than 1000 files are written into it")]


@given(st.binary(max_size=300), st.sampled_from(["base64", "hexadecimal", "numbers"]))
def test_anything_has_an_end(data: bytes, form: str) -> None:
    decoded = literal.decode(Fmap.from_bytes(data), Budget(Limits()), f"literal-{form}")
    assert decoded.status == "done"
    assert len(decoded.data) <= len(data)
    assert decoded.consumed <= len(data)
