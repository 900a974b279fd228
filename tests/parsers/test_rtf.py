"""Hexadecimal groups of RTF: what counts, what is skipped, pieces of large files."""

from __future__ import annotations

import struct

import pytest

from nacre.formats.document.rtf import RtfHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child
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
        (b"{\\objdata 4gh1\\~\\{42\\\\43", b"ABC"),
        (b"{\\objdata 4142434}", b"ABC"),
        (b"{\\ObjData 414243}", b"ABC"),
        (b"{\\objdata12 414243}", b"ABC"),
        (b"{\\objdata-1 414243}", b"ABC"),
        (b"{\\objdata 41\\" + b"a" * 300 + b" 4243}", b"ABC"),
        (b"{\\objdata}", b""),
    ],
)
def test_digits(text: bytes, expected: bytes) -> None:
    assert readings(text) == [(expected, None)]


@pytest.mark.parametrize(
    ("text", "expected", "plain"),
    [
        (b"{\\objdata 4\\'311}", b"A", b"C\x11"),
        (b"{\\objdata 41{42}{\\x 43}}", b"ABC", b"A"),
        (b"{\\objdata 41{text}42}", b"A\xe4", b"AB"),
        (b"{\\objdata \\bin3 }{\\4142}", b"}{\\AB", b""),
        (b"{\\objdata 41{\\bin1 x}42}", b"AxB", b"AB"),
        (b"{\\objdata \\bin99999 ABC", b"ABC", b"\xab"),
    ],
)
def test_what_a_plain_reader_reads(text: bytes, expected: bytes, plain: bytes) -> None:
    assert [data for data, _ in readings(text)] == [expected] + [plain] * bool(plain)


def test_groups_to_be_skipped() -> None:
    assert readings(b"{\\objdata 41{\\*\\x 42{43}}44}") == [(b"AD", b"ABCD")]
    assert readings(b"{\\objdata 41{ \r\n\\*\\x 42}43}") == [(b"AC", b"ABC")]


def test_one_in_another() -> None:
    text = b"{\\objdata 41{\\objdata 42}43}{\\objdatax 44}{\\objdata 45}"
    assert [data for data, _ in readings(text)] == [b"ABC", b"AC", b"B", b"E"]


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


def embedded(kind: bytes, form: int, data: bytes, behind: bytes = b"") -> list[bytes]:
    """What the handler takes out of an object (MS-OLEDS 2.2.5)."""
    stream = struct.pack("<III", 0x501, form, len(kind) + 1) + kind + bytes(9)
    stream += struct.pack("<I", len(data)) + data + behind
    text = Fmap.from_bytes(b"{\\rtf1{\\object{\\*\\objdata %b}}}" % stream.hex().encode())
    events = RtfHandler().extract(text, Budget(Limits()))
    return [event.data.read(0, 9999) for event in events if isinstance(event, Child)]


def test_what_the_packager_packed_whatever_its_class_is() -> None:
    content = b"the packed file"
    packed = b"\2\0x.bin\0C:\\x.bin\0\0\0\3\0" + struct.pack("<I", 9) + b"C:\\x.bin\0"
    packed += struct.pack("<I", len(content)) + content
    for kind, form in ((b"Package", 2), (b"Other", 2), (b"Package", 1), (b"Other", 1)):
        assert embedded(kind, form, packed) == [content]


def test_what_stands_behind_an_object() -> None:
    assert embedded(b"Word", 2, b"content", b"names") == [b"content"]
    found = embedded(b"Word", 2, b"content", b"much more " * 200)
    assert found[-1] == b"content"
    assert found[0].endswith(b"much more ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{\\*\\template http://a/b.dotm}", b"http://a/b.dotm"),
        (b"{\\*\\template \\'68\\'74tp\\par ://{\\b a}\r\n/b}x", b"http://a/b"),
        (b"{\\*\\Template\\u104?\\u116 \\'3ftp\\uc0\\u58//a}", b"http://a"),
        (b"{\\*\\template \\u-10179?\\u-8704?\\\\\\\\x\\{", b"\xf0\x9f\x98\x80\\\\x{"),
        (b"{\\*\\template " + b"\r\n" * 70_000 + b"http://a}", b"http://a"),
        (b"{\\*\\template}", None),
    ],
)
def test_text_of_templates_and_fields(text: bytes, expected: bytes | None) -> None:
    for word in (b"template", b"fldinst"):
        data = text.replace(b"template", word).replace(b"Template", word.upper())
        events = RtfHandler().extract(Fmap.from_bytes(b"{\\rtf1" + data), Budget(Limits()))
        found = [event.data.read(0, 99) for event in events if isinstance(event, Child)]
        assert found == [expected] * (expected is not None)
