"""Formats that ClamAV has no type for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nacre.filetype import own_type
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

SAMPLES = Path(__file__).parents[2] / "samples"


def type_of(data: bytes, name: bytes = b"") -> FileType | None:
    return own_type(Fmap.from_bytes(data), name)


@pytest.mark.parametrize("kind", ["kwaj", "compress", "lzip", "lzop", "lz4"])
def test_by_their_first_bytes(kind: str) -> None:
    for sample in SAMPLES.glob(f"compression/{kind}/*.in"):
        assert type_of(sample.read_bytes()) is FileType[kind.upper()], sample


def test_quickbasic() -> None:
    sample = SAMPLES / "compression/szdd/quickbasic.in"
    assert type_of(sample.read_bytes()) is FileType.MSSZDD


@pytest.mark.parametrize(
    "data",
    [b"\x1f\x9d", b"\x1f\x9d\x88 width 8", b"\x1f\x9d\xf0 unused bits", b"LZIP is a program"],
)
def test_nothing_like_them(data: bytes) -> None:
    assert type_of(data) is None


def test_pmarc_by_its_header() -> None:
    data = (SAMPLES / "archive/lha/pm2.in").read_bytes()
    assert type_of(data) is FileType.LHA_LZH
    assert type_of(data[:1] + b"\0" + data[2:]) is None
    assert type_of(b"  -pm2- is a method of PMarc") is None


def test_terminfo_is_no_archive() -> None:
    """Compiled entries begin like a member of ARC: 1A 01, then sizes that may be a name."""
    entry = b"\x1a\x01\x2a\0\x26\0\x0f\0\x9d\x01\x65\2" + b"xterm-88color|a terminal\0" * 30
    assert type_of(entry) is None
    member = b"\x1a\x01" + b"NAME".ljust(13, b"\0") + (5).to_bytes(4, "little") + bytes(6)
    assert type_of(member + b"12345\x1a\0") is FileType.ARC


def test_brotli_by_its_name() -> None:
    data = (SAMPLES / "compression/brotli/one.in").read_bytes()
    assert type_of(data, b"page.html.br") is FileType.BROTLI
    assert type_of(data[:80], b"cut.br") is FileType.BROTLI
    assert type_of(data, b"page.html") is None
    for other in (b"", b"a text that is none\n" * 30, bytes(100), b"\xff" * 100):
        assert type_of(other, b"other.br") is None


@pytest.mark.parametrize(
    ("data", "is_mail"),
    [
        (b"Content-Type: multipart/mixed; boundary=x\n", True),
        (b"X-Unsent: 1\r\nTo: x\r\n y\r\ncontent-type:\r\n Multipart/mixed", True),
        (b"\nContent-Transfer-Encoding: base64\n", True),
        (b"A: b\nno field\nContent-Type: message/rfc822\n", True),
        (b"Content-Type: text/html\n\n<p>", False),
        (b"A: b\n\nnot: here\n\nno header\nContent-Type: multipart/mixed", False),
        (b"a line\nContent-Type: multipart/mixed", False),
        (b" " * 4000, False),
    ],
)
def test_mail_without_the_usual_fields(data: bytes, is_mail: bool) -> None:  # noqa: FBT001
    assert (type_of(data) is FileType.MAIL) is is_mail


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (b'<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">', "O"),
        (b"<x:Workbook xmlns:x='urn:schemas-microsoft-com:office:spreadsheet'>", "O"),
        (b'<p:package xmlns:p="http://schemas.microsoft.com/office/2006/xmlPackage">', "O"),
        (b'<HWPML Version="2.8">', "H"),
        (b"<page>", ""),
    ],
)
def test_office_documents_in_xml(root: bytes, expected: str) -> None:
    kind = {"O": FileType.FLAT_OFFICE, "H": FileType.XML_HWP, "": None}[expected]
    for prologue in (b"", b"<?xml version='1.0'?>\r\n", b"\n<!-- a comment -->"):
        text = (prologue + root).decode()
        assert type_of(text.encode()) is kind
        assert type_of(text.encode("utf-8-sig")) is kind
        assert type_of(text.encode("utf-16")) is kind
        assert type_of(text.encode("utf-16-le")) is kind
    assert type_of(b"words " + root) is None


def test_forms_data_is_opened_as_pdf() -> None:
    assert type_of(b"%FDF-1.2\n1 0 obj") is FileType.PDF


@pytest.mark.parametrize(
    "front",
    [
        b"<!--<HWPML-->",
        b"<?xml version='1.0'?><!-- <pkg:package -->",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>",
    ],
)
def test_a_picture_is_one_whatever_its_comments_say(front: bytes) -> None:
    space = b"urn:schemas-microsoft-com:office:spreadsheet"
    assert type_of(front + b'<svg xmlns:x="' + space + b'">') is FileType.HTML
