from __future__ import annotations

import codecs
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.filetype.text import by_mark, narrow, text_type
from nacre.model.filetype import FileType

ALLOWED = {*range(7, 11), 12, 13, 27, *range(0x20, 0x7F), *range(0x80, 0x100)}


def reference(head: bytes) -> FileType | None:
    if all(byte in ALLOWED for byte in head):
        return FileType.TEXT_ASCII
    if len(head) < 2:
        return None
    order: Literal["little", "big"] = "little" if head[:2] == b"\xff\xfe" else "big"
    marked = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    for at in range(2, len(head) - 1, 2):
        pair = int.from_bytes(head[at : at + 2], order)
        if pair == 0xFFFE or (not marked and pair < 0x80 and pair not in ALLOWED):
            return None
    return FileType.TEXT_UTF16LE if order == "little" else FileType.TEXT_UTF16BE


@given(
    st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from([b"\0", b"a", b"\x01", b"\xff", b"\xfe", b"\x7f"])).map(b"".join),
        st.text().map(lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le", "surrogatepass")),
    )
)
def test_equals_the_rules_said_slowly(head: bytes) -> None:
    assert text_type(head) is reference(head)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"caf\xc3\xa9 \x1b[0m\r\n", FileType.TEXT_ASCII),
        (b"caf\xe9", FileType.TEXT_ASCII),
        (b"x\x7fyyyy", FileType.TEXT_UTF16BE),
        (b"xx\x7fyyy", FileType.TEXT_UTF16BE),
        (b"xx\0\x7fyy", None),
        (b"xxy\0\1\2", FileType.TEXT_UTF16BE),
        (b"xx\0\1aaaa", None),
        (b"zz zz\xff\xfe", FileType.TEXT_ASCII),
        (b"\0zzz\xff\xfe", None),
        (b"\0zz\xff\xfez", FileType.TEXT_UTF16BE),
        (b"\xff\xfe\1\0\1\0", FileType.TEXT_UTF16LE),
        (b"\xfe\xff\0\1\0\1", FileType.TEXT_UTF16BE),
        (b"\xff\xfe\xfe\xff\0\0", None),
    ],
)
def test_cases_seen_with_the_peer(head: bytes, expected: FileType | None) -> None:
    assert text_type(head) is expected


def test_narrowing_little_endian_ascii_gives_the_text() -> None:
    assert narrow("<a> é".encode("utf-16-le") + b"x") == b"<a> \xe9"


@given(st.binary(max_size=64))
def test_narrowing_is_the_peers_sum(head: bytes) -> None:
    pairs = zip(head[0::2], head[1::2], strict=False)
    assert narrow(head) == bytes(low + 16 * high & 0xFF for low, high in pairs)


def test_marks_are_followed() -> None:
    assert by_mark(codecs.BOM_UTF16_BE + "<ä>".encode("utf-16-be")) == b"?<?>"
    assert by_mark(codecs.BOM_UTF32_LE + "<a>".encode("utf-32-le")) == b"?<a>"
    assert by_mark(codecs.BOM_UTF32_BE + "<a>".encode("utf-32-be")) == b"?<a>"
    assert by_mark(b"<a>") is None


@given(st.binary(max_size=64))
def test_any_bytes_are_converted(head: bytes) -> None:
    assert len(narrow(head)) == len(head) // 2
    by_mark(b"\0\0\xfe\xff" + head)
