from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.errors import Corrupt, FormatError, Truncated
from nacre.parsers.asn1 import Element, Elements, Tag, context


def only(text: str) -> Element:
    elements = Elements(bytes.fromhex(text))
    element = elements.next()
    assert not elements.more
    return element


def test_nested_elements() -> None:
    inside = only("300a 0201 05 a003 040141 0500".replace(" ", "")).inside()
    assert inside.skip(Tag.SET) is None
    assert inside.next(Tag.INTEGER).integer() == 5
    tagged = inside.next(context(0))
    assert tagged.whole == bytes.fromhex("a003040141")
    assert tagged.inside().next().octets() == b"A"
    assert [element.tag for element in inside.several(1)] == [5]
    with pytest.raises(Truncated):
        inside.next()


def test_lengths() -> None:
    assert only("0482000161").octets() == b"a"
    assert len(only("0481ff" + "00" * 255).content) == 255
    for text in ("04", "0401", "048161", "04850000000161", "048000", "1f0100", "0484ffffffff61"):
        with pytest.raises(FormatError):
            only(text)


def test_values_of_another_kind() -> None:
    element = only("0c0161")
    for read in (element.oid, element.integer, element.octets, element.bits, element.time):
        with pytest.raises(Corrupt):
            read()
    with pytest.raises(Corrupt):
        element.inside()
    with pytest.raises(Corrupt):
        Elements(b"\x0c\x01a").next(Tag.INTEGER)
    with pytest.raises(Corrupt):
        Elements(b"\5\0\5\0").several(1)


@pytest.mark.parametrize(
    ("text", "dotted"),
    [
        ("06092a864886f70d010702", "1.2.840.113549.1.7.2"),
        ("0603550406", "2.5.4.6"),
        ("060388370a", "2.999.10"),
        ("06052b0e03021a", "1.3.14.3.2.26"),
    ],
)
def test_object_identifiers(text: str, dotted: str) -> None:
    assert only(text).oid() == dotted


def test_integers_and_bits() -> None:
    assert only("020200ff").integer() == 255
    assert only("0201ff").integer() == -1
    assert only("03020780").bits() == b"\x80"
    assert only("03020080").octet_bits() == b"\x80"
    with pytest.raises(Corrupt):
        only("03020780").octet_bits()
    with pytest.raises(Corrupt):
        only("0300").bits()
    for text in ("0600", "060180", "0621" + "01" * 33):
        with pytest.raises(Corrupt):
            only(text).oid()


@pytest.mark.parametrize(
    ("tag", "text", "moment"),
    [
        (0x17, b"200914122640Z", (2020, 9, 14, 12, 26, 40)),
        (0x17, b"2009141226Z", (2020, 9, 14, 12, 26, 0)),
        (0x17, b"491231235959Z", (2049, 12, 31, 23, 59, 59)),
        (0x17, b"500101000000Z", (1950, 1, 1, 0, 0, 0)),
        (0x18, b"21200229000000Z", (2120, 2, 29, 0, 0, 0)),
    ],
)
def test_times(tag: int, text: bytes, moment: tuple[int, ...]) -> None:
    element = Elements(bytes((tag, len(text))) + text).next()
    year, month, day, hour, minute, second = moment
    expected = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    assert element.time() == expected.timestamp()


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (0x17, b"200914122640"),
        (0x17, b"200914122640+0100"),
        (0x17, b"201314122640Z"),
        (0x17, b"200931122640Z"),
        (0x17, b"200900122640Z"),
        (0x17, b"200914242640Z"),
        (0x17, b"2009 4122640Z"),
        (0x18, b"00000101000000Z"),
        (0x18, b"20200914122640.5Z"),
        (0x18, b"21000229000000Z"),
    ],
)
def test_no_times(tag: int, text: bytes) -> None:
    with pytest.raises(Corrupt):
        Elements(bytes((tag, len(text))) + text).next().time()


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    elements = Elements(data)
    try:
        while elements.more:
            element = elements.next()
            assert element.end <= len(data)
            for read in (element.oid, element.integer, element.octets, element.bits, element.time):
                try:
                    read()
                except FormatError:
                    continue
    except FormatError:
        pass
