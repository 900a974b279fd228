from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.output.escape import printable


@given(st.binary() | st.text(st.characters(codec=None)))
def test_a_name_prints_on_one_line_and_hides_nothing(name: bytes | str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert shown.count("\\") % 2 == 0 or "\\x" in shown or "\\u" in shown or "\\U" in shown


@given(st.binary(), st.binary())
def test_different_names_look_different(one: bytes, other: bytes) -> None:
    assert (printable(one) == printable(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"plain name.txt", "plain name.txt"),
        ("grün".encode(), "grün"),
        (b"a\nFAKE: clean", r"a\x0aFAKE: clean"),
        (b"\x1b[31mred", r"\x1b[31mred"),
        (b"back\\slash", r"back\\slash"),
        (b"\xff\xfe", r"\xff\xfe"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe".encode(), r"\u202egpj.exe"),
    ],
)
def test_examples(name: bytes, shown: str) -> None:
    assert printable(name) == shown
