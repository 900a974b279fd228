from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.codecs import transfer
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BINHEX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"


def letters(packed: bytes) -> bytes:
    """Text of 64 letters in lines, as RFC 1741 writes it."""
    text = binascii.b2a_base64(packed, newline=False).rstrip(b"=")
    text = text.translate(bytes.maketrans(BASE64, BINHEX))
    return b"\r".join(text[at : at + 64] for at in range(0, len(text), 64))


def unpacked(packed: bytes) -> bytes:
    decoded = transfer.binhex(Fmap.from_bytes(letters(packed)), Budget(Limits()))
    return decoded.read(0, len(decoded))


@pytest.mark.parametrize(
    ("packed", "data"),
    [
        (b"\x2b\x90\x00\x90\x05", b"\x2b" + b"\x90" * 5),  # the example of RFC 1741
        (b"ab\x90\x04c", b"abbbbc"),
        (b"a\x90\x90b", b"a" * 0x90 + b"b"),
        (b"a\x90\x01", b"a"),
        (b"a\x90", b"a"),
    ],
)
def test_runs(packed: bytes, data: bytes) -> None:
    assert unpacked(packed) == data


@given(st.binary(max_size=3000))
def test_round_trip(data: bytes) -> None:
    assert unpacked(data.replace(b"\x90", b"\x90\x00")) == data


def test_a_run_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_PIECE", 5)
    assert unpacked(b"abc\x90\x05" * 9) == b"abccccc" * 9
