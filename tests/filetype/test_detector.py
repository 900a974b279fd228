from __future__ import annotations

import io
import lzma
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from ftm_reference import lines, magics, searcher
from hypothesis import given
from hypothesis import strategies as st

from nacre.filetype import Detector, own_type
from nacre.matching import Magic
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from pathlib import Path

DETECTOR = Detector(magics())
SEARCH = searcher()
BINARY = b"\0\1zz\0\1zz"


def detect(data: bytes) -> FileType:
    return DETECTOR.detect(Fmap.from_bytes(data), SEARCH)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in names:
            target.writestr(name, "x")
    return out.getvalue()


def test_the_newest_magic_wins() -> None:
    older = Magic(0, b"ab", FileType.GZ)
    newer = Magic(2, b"cd", FileType.BZ)
    assert Detector([newer, older]).leading(b"abcd") is FileType.BZ
    assert Detector([older, newer]).leading(b"abcd") is FileType.GZ


@pytest.mark.parametrize("line", [line for line in lines() if line[0] == "0"], ids=":".join)
def test_every_fixed_magic_names_its_type(line: list[str]) -> None:
    offset = int(line[1])
    head = (BINARY * (offset // 8 + 1))[:offset] + bytes.fromhex(line[2]) + BINARY
    assert detect(head).clamav_name == line[5]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", FileType.IGNORED),
        (b"short", FileType.IGNORED),
        (b"six666", FileType.TEXT_ASCII),
        (BINARY, FileType.BINARY_DATA),
        (b"%PDF-1.4 ", FileType.PDF),
        (BINARY + b"%PDF-1.4 ", FileType.PDF),
        (BINARY + b"<html>", FileType.HTML),
        (b"x <HTML> y", FileType.HTML),
        (b"x <hTML> y", FileType.TEXT_ASCII),
        (b"x <html lang=en> y", FileType.TEXT_ASCII),
        (b"x <a class=b HREF= y", FileType.HTML),
        (b"z" * 1018 + b"<html>", FileType.HTML),
        (b"z" * 1019 + b"<html>", FileType.TEXT_ASCII),
        (BINARY + b"PK\3\4", FileType.BINARY_DATA),
        (b"<html>PK\3\4zz zz", FileType.TEXT_UTF16BE),
        (b"\0\1\0\1<html>PK\3\4zz zz", FileType.BINARY_DATA),
        (b"%PDX %PDF-1.4 <html>", FileType.HTML),
        (b"<html> %PDF-1.4", FileType.HTML),
        (b"\0\0\1\xba<html>", FileType.HTML),
        (b"OggS<html>", FileType.IGNORED),
        (b"zz\nFrom: x\nContent-type: y", FileType.MAIL),
        (b"zz\nFrom: x\nMIME-Version: 1\nContent-type: y", FileType.MHTML),
        (b"MIME-Version: 1\nContent-type: y", FileType.MHTML),
        (b"a\r\r\nhello", FileType.PYTHON_COMPILED),
        (bytes.fromhex("cafebabe00000034") + BINARY, FileType.JAVA),
        (bytes.fromhex("cafebabe00000002") + BINARY, FileType.MACHO_UNIBIN),
        (b"zz-lh5-" + BINARY, FileType.LHA_LZH),
        (BINARY * 63 + b"\0\1zz\0\1\x55\xaa" + BINARY, FileType.MBR),
        (BINARY + b"MZ" + b"z" * 60 + b"PE\0\0zz", FileType.MSEXE),
    ],
)
def test_heads_seen_with_the_peer(data: bytes, expected: FileType) -> None:
    assert detect(data) is expected


@pytest.mark.parametrize(
    ("text", "encoding", "mark", "expected"),
    [
        ("<html> hello", "utf-16-le", b"\xff\xfe", FileType.HTML_UTF16),
        ("<html> hello", "utf-16-le", b"", FileType.HTML_UTF16),
        ("<html> hello", "utf-16-be", b"\xfe\xff", FileType.HTML),
        ("<html> hello", "utf-16-be", b"", FileType.TEXT_UTF16BE),
        ("<html> hello", "utf-32-le", b"\xff\xfe\0\0", FileType.HTML),
        ("<html> hello", "utf-32-be", b"\0\0\xfe\xff", FileType.HTML),
        ("<xdp:xdp foo", "utf-16-le", b"\xff\xfe", FileType.TEXT_UTF16LE),
        ("z" * 506 + "<html>", "utf-16-le", b"", FileType.HTML_UTF16),
        ("z" * 507 + "<html>", "utf-16-le", b"", FileType.TEXT_UTF16BE),
        ("\u043chtml>", "utf-16-le", b"", FileType.TEXT_UTF16BE),
    ],
)
def test_html_in_wide_characters(text: str, encoding: str, mark: bytes, expected: FileType) -> None:
    assert detect(mark + text.encode(encoding)) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["word/document.xml"], FileType.OOXML_WORD),
        (["a", "b", "xl/x"], FileType.OOXML_XL),
        (["a", "b", "c", "xl/x"], FileType.ZIP),
        (["[Content_Types].xml", "_rels/.rels", "c", "ppt/x", "word/x"], FileType.OOXML_PPT),
        (["_rels/.rels", "b", "c", "ppt/x"], FileType.ZIP),
        (["mimetype", "b", "c", "Contents/content.hpf"], FileType.OOXML_HWP),
        (["docProps/app.xml", "b", "c"], FileType.ZIP),
    ],
)
def test_office_documents_by_member_names(names: list[str], expected: FileType) -> None:
    assert detect(archive(*names)) is expected


def test_a_likely_document_without_directory_stays_a_zip() -> None:
    assert detect(archive("docProps/x", "b", "c", "word/x")[:-30]) is FileType.ZIP


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_tar_dialects(tmp_path: Path, form: str) -> None:
    (tmp_path / "a").write_text("hello")
    made = subprocess.run(
        ["tar", "-C", tmp_path, f"--format={form}", "-cf", "-", "a"],
        check=True,
        capture_output=True,
    ).stdout
    expected = FileType.OLD_TAR if form == "v7" else FileType.POSIX_TAR
    assert detect(made) is expected
    assert detect(made[:511] + b"\xff") is (
        FileType.BINARY_DATA if form == "v7" else FileType.POSIX_TAR
    )


def test_a_tar_checksum_in_bare_digits() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as target:
        target.addfile(tarfile.TarInfo("x"))
    record = bytearray(out.getvalue()[:512])
    record[257:265] = b"\0" * 8
    record[148:156] = b" " * 8
    for field, expected in (
        (b"%07o\0", FileType.OLD_TAR),
        (b"%08o", FileType.OLD_TAR),
        (b"  %o", FileType.OLD_TAR),
        (b"+%o", FileType.BINARY_DATA),
        (b"%06ozz", FileType.BINARY_DATA),
    ):
        text = (field % sum(record)).ljust(8, b"\0")
        assert detect(bytes(record[:148]) + text + bytes(record[156:])) is expected


def test_lzma_alone_streams_and_nothing_like_them() -> None:
    for preset in range(10):
        made = lzma.compress(b"hello" * 50, lzma.FORMAT_ALONE, preset=preset)
        assert own_type(Fmap.from_bytes(made)) is FileType.LZMA
    assert own_type(Fmap.from_bytes(b"]\0\0\1\1" + made[5:])) is None
    assert own_type(Fmap.from_bytes(made[:13] + b"\1" + made[14:])) is None


def test_partitions() -> None:
    assert DETECTOR.partition(b"\0" * 1024 + b"H+\0\4") is FileType.PART_HFSPLUS
    assert DETECTOR.partition(b"\0" * 1028) is FileType.PART_ANY
    assert DETECTOR.leading(b"\0" * 1024 + b"H+\0\4") is FileType.BINARY_DATA


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"PK\3\4" + tail))
def test_any_bytes_have_a_type(data: bytes) -> None:
    assert isinstance(detect(data), FileType)
