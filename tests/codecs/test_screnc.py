from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.scripts import encoded
from nacre.codecs import screnc
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits


def decoded(text: bytes) -> bytes:
    data = screnc.decoded(Fmap.from_bytes(text), Budget(Limits()))
    return data.read(0, len(data))


@given(st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=300))
def test_round_trip(text: str) -> None:
    assert decoded(encoded(text.encode())) == text.encode()


def test_each_alphabet_is_a_permutation() -> None:
    for table in screnc._TABLES:
        assert sorted(table[:64] + table[65:]) == [byte for byte in range(256) if byte != 0x40]


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        (b"#@~^IAAAAA==" + b"a" * 32, b"xp#xp#p##p#px#p#x#p#xxp##px#p##p"),
        (b"#@~^AgAAAA==aa\xe9a", b"xp\xe9a"),
        (b"#@~^AwAAAA==a\0a\0\0a", b"xp#"),
        (b"#@~^BAAAAA==a\xe9a\r\na#", b"x\xe9ap)"),
        (b"#@~^BgAAAA==@#@x@@a", b"\r\xff\xffa"),
        (b"#@~^!!!!!!!!aaa", b"xp#"),
        (b"#@~^AAA", b""),
        (b"no script", b"no script"),
    ],
)  # fmt: skip
def test_as_other_decoders_do(text: bytes, readable: bytes) -> None:
    assert decoded(text) == readable


def test_text_around_scripts_stays() -> None:
    script = encoded(b"alert(1)")
    assert decoded(b"a " + script + b" b " + script) == b"a alert(1) b alert(1)"


def test_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"before " + encoded(b"if (a < b) { alert('@'); }\r\n" * 9).replace(
        b"@&", b"@&\xe9\xe9\r\n"
    )
    whole = decoded(text)
    monkeypatch.setattr(screnc, "_PIECE", 7)
    assert decoded(text) == whole
