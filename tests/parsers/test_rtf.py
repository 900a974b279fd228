"""Hexadecimal groups of RTF: what counts, what is skipped, pieces of large files."""

from __future__ import annotations

import pytest

from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers import rtf


def readings(text: bytes, **limits: int) -> list[tuple[bytes, bytes | None]]:
    found = rtf.groups(Fmap.from_bytes(text), b"objdata", Budget(Limits(**limits)))
    return [
        (
            group.data.read(0, 1 << 22),
            None if group.everything is None else group.everything.read(0, 1 << 22),
        )
        for group in found
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{\\objdata 414243}", b"ABC"),
        (b"{\\objdata\r\n41 4\t2\r\n43}44", b"ABC"),
        (b"{\\objdata 41\\b0 42\\cde-12 43}", b"ABC"),
        (b"{\\objdata 4\\'311}", b"A"),
        (b"{\\objdata 41{42}{\\x 43}}", b"ABC"),
        (b"{\\objdata 4gh1\\~\\{42\\\\43", b"ABC"),
        (b"{\\objdata \\bin3 }{\\4142}", b"}{\\AB"),
        (b"{\\objdata \\bin99999 ABC", b"ABC"),
        (b"{\\objdata 4142434}", b"ABC"),
        (b"{\\objdata}", b""),
    ],
)
def test_digits(text: bytes, expected: bytes) -> None:
    assert readings(text) == [(expected, None)]


def test_groups_to_be_skipped() -> None:
    assert readings(b"{\\objdata 41{\\*\\x 42{43}}44}") == [(b"AD", b"ABCD")]
    assert readings(b"{\\objdata 41{ \r\n\\*\\x 42}43}") == [(b"AC", b"ABC")]


def test_one_in_another() -> None:
    text = b"{\\objdata 41{\\objdata 42}43}{\\objdatax 44}{\\objdata 45}"
    assert [data for data, _ in readings(text)] == [b"ABC", b"B", b"E"]


@pytest.mark.parametrize("middle", [b"\\word123 ", b"\\bin4 ABCD", b"{\\*\\x 41}", b"\r\n"])
def test_whatever_stands_where_a_piece_ends(middle: bytes) -> None:
    piece = 256 << 10
    kept = b"ABCD" if b"bin" in middle else b""
    for digits in range(piece - 12, piece + 2, 2):
        text = b"{\\objdata" + b"41" * (digits // 2) + middle + b"4243}"
        assert readings(text)[0][0] == b"A" * (digits // 2) + kept + b"BC"


def test_more_than_a_child_may_have() -> None:
    group = next(
        rtf.groups(
            Fmap.from_bytes(b"{\\objdata " + b"41" * 5000 + b"}"),
            b"objdata",
            Budget(Limits(max_file_size=100)),
        )
    )
    assert not group.whole
    assert len(group.data) == 101


def test_too_many_in_each_other() -> None:
    with pytest.raises(Corrupt):
        readings(b"{\\objdata 01" * 2000)
