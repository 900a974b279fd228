from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.errors import Truncated
from nacre.model.fmap import Fmap
from nacre.parsers.reader import Reader, ascii_decimal, ascii_octal


def reader(data: bytes) -> Reader:
    return Reader(Fmap.from_bytes(data))


def test_numbers_in_both_orders() -> None:
    data = bytes(range(1, 30))
    source = reader(data)
    assert source.u8() == 1
    assert source.u16le() == 0x0302
    assert source.u16be() == 0x0405
    assert source.u32le() == 0x09080706
    assert source.u32be() == 0x0A0B0C0D
    assert source.u64le() == struct.unpack("<Q", data[13:21])[0]
    assert source.u64be() == struct.unpack(">Q", data[21:29])[0]
    assert source.remaining == 0


def test_take_is_strict_and_peek_is_not() -> None:
    source = reader(b"12345")
    assert source.peek(99) == b"12345"
    assert source.take(3) == b"123"
    with pytest.raises(Truncated):
        source.take(3)
    assert source.position == 3
    assert source.view(99).read(0, 99) == b"45"
    assert source.remaining == 0


@pytest.mark.parametrize("position", [-1, 0, 5, 6, 2**70])
def test_seek_stays_inside(position: int) -> None:
    source = reader(b"12345")
    source.seek(position)
    assert 0 <= source.position <= 5
    assert source.peek(1) == b"12345"[source.position :][:1]


def test_a_part_of_a_layer() -> None:
    source = Reader(Fmap.from_bytes(b"0123456789"), 2, 5)
    source.skip(1)
    assert source.peek(10) == b"34"
    source.skip(10**30)
    assert source.remaining == 0


@pytest.mark.parametrize(
    "digits", [b"", b"+1", b"-1", b" 1", b"1 ", b"1_0", b"\xd9\xa1", b"0x1", b"1" * 23, b"1\n"]
)
def test_what_is_no_number(digits: bytes) -> None:
    assert ascii_decimal(digits) is None
    assert ascii_octal(digits) is None


@given(st.integers(0, 2**64 - 1))
def test_numbers(value: int) -> None:
    assert ascii_decimal(b"%d" % value) == value
    assert ascii_octal(b"%o" % value) == value
    assert ascii_octal(b"8") is None
