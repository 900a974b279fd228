"""Formats that are nacre's own: to signatures a layer stays what ClamAV takes it for."""

from __future__ import annotations

import base64
import gzip
import io
import sqlite3
import struct
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from making import Build, ndb

from compat.mail import yencoded
from nacre.model.limits import Limits
from nacre.model.verdict import Report, Verdict

SAMPLES = Path(__file__).parents[2] / "samples"
ONE = {
    "x.hsb": "a0330a5f988371303278db9947d97d14c5099ca763b5d7c2e1981e35a6a04086:17:One\n",
}
"""A signature of one.txt, which all of these have."""
FAT = (SAMPLES / "filesystem/fat/fat12.in").read_bytes()
EXT = (SAMPLES / "filesystem/ext/ext4.in").read_bytes()
SQUASHFS = (SAMPLES / "filesystem/squashfs/xz.in").read_bytes()
SECTOR = 512


def entry(record: bytearray, number: int, start: int, size: int) -> None:
    struct.pack_into("<B3xB3xII", record, 446 + 16 * number, 0, 0x83, start, size)


def disk(*partitions: bytes) -> bytes:
    """A disk image with a master boot record."""
    record, body = bytearray(SECTOR), bytearray()
    for number, content in enumerate(partitions):
        size = -(-len(content) // SECTOR)
        entry(record, number, 1 + len(body) // SECTOR, size)
        body += content.ljust(size * SECTOR, b"\0")
    record[510:] = b"\x55\xaa"
    return bytes(record + body)


def members(report: Report) -> set[tuple[str, ...]]:
    return {alert.member for alert in report.alerts}


def warc(media: bytes, content: bytes) -> bytes:
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        b"%s\r\n\r\n" % (media, len(content), content)
    )


def test_file_systems_are_opened(build: Build) -> None:
    scanner = build(ONE)
    for image in (FAT, EXT, SQUASHFS):
        report = scanner.scan_bytes(image)
        assert members(report) == {("one.txt",)}
        assert not report.incidents


def test_and_so_are_those_in_partitions(build: Build) -> None:
    report = build(ONE, all_match=True).scan_bytes(disk(FAT, EXT, SQUASHFS))
    found = {(f"partition {number}", "one.txt") for number in (1, 2, 3)}
    assert found <= members(report)


def test_a_volume_that_is_a_disk_as_well_is_opened_as_both(build: Build) -> None:
    image = bytearray(FAT)
    entry(image, 0, len(FAT) // SECTOR, 1)
    image += b"hidden".ljust(SECTOR, b"\0")
    files = ONE | {"y.ndb": ndb(Hidden="hidden")}
    report = build(files, all_match=True).scan_bytes(bytes(image))
    assert {("one.txt",), ("partition 1",)} <= members(report)


def test_a_page_in_a_web_archive_does_not_hide_the_archive(build: Build) -> None:
    page = warc(b"text/html", b"<html><body>page</body></html>")
    chunks = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\0EV\r\n3\r\nIL\0\r\n0\r\n\r\n"
    )
    scanner = build({"x.ndb": ndb(Evil="EVIL")})
    for records in (page, b""):
        report = scanner.scan_bytes(records + warc(b"application/http", chunks))
        assert report.verdict is Verdict.STRONG


def test_a_limit_inside_a_file_system_is_told_of(build: Build) -> None:
    scanner = build({"x.ndb": ndb(Other="something else")}, Limits(max_files=2))
    assert scanner.scan_bytes(SQUASHFS).incidents


DATA = base64.encodebytes(b"the content of an object")
FLAT = b"<pkg:package><pkg:part><pkg:binaryData>%b</pkg:binaryData></pkg:part></pkg:package>" % DATA
OLD = b"<w:wordDocument><w:binData>%b</w:binData></w:wordDocument>" % DATA


@pytest.mark.parametrize("text", [FLAT, OLD], ids=["2007", "2003"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_documents_in_xml_behind_a_byte_order_mark(
    build: Build, text: bytes, encoding: str
) -> None:
    document = '<?xml version="1.0"?>\n' + text.decode()
    scanner = build({"x.ndb": ndb(Found="the content of an object")})
    assert scanner.scan_bytes(document.encode(encoding)).alerts


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: multipart/related; boundary=B\r\n",
        b"\r\n  MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B\r\n",
        b"content-type:\r\n multipart/related;\r\n boundary=B\r\n",
    ],
)
def test_web_archives_that_begin_otherwise(build: Build, head: bytes) -> None:
    page = b"--B\r\nContent-Type: text/html\r\n\r\n<html></html>\r\n"
    part = b"--B\r\nContent-Transfer-Encoding: base64\r\n\r\n" + DATA + b"--B--\r\n"
    scanner = build({"x.ndb": ndb(Found="the content of an object")})
    assert scanner.scan_bytes(head + b"\r\n" + page + part).alerts


def test_vector_pictures(build: Build) -> None:
    picture = b"<?xml version='1.0'?><svg><image href='data:image/png;base64,%b'/></svg>" % DATA
    scanner = build({"x.ndb": ndb(Found="the content of an object")})
    assert scanner.scan_bytes(picture).alerts
    assert scanner.scan_bytes(b"\xef\xbb\xbf" + picture).alerts


@pytest.mark.parametrize(
    "text",
    [b"begin-base64 644 one.txt\n" + DATA + b"====\n", yencoded(b"the content of an object")],
    ids=["base64", "yenc"],
)
def test_files_written_as_text(build: Build, text: bytes) -> None:
    report = build({"x.ndb": ndb(Found="the content of an object")}).scan_bytes(text)
    assert report.alerts
    assert not report.incomplete


def test_a_mark_of_another_format_hides_nothing(build: Build) -> None:
    content = b"\0\1content of a member" * 9
    known = {"x.hsb": f"{sha256(content).hexdigest()}:{len(content)}:One\n"}
    field = bytes(0x300)
    head = b"\x1f\x8b\x08\x04" + bytes(6) + len(field).to_bytes(2, "little")
    packed = gzip.compress(content)[10:]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("GIF89a")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    files = [
        out.getvalue(),
        head + field[:245] + b"ustar" + field[250:] + packed,
        head + field[:500] + b"EFI PART" + field[508:] + packed,
    ]
    for file in files:
        assert build(known).scan_bytes(file).verdict is Verdict.STRONG


def test_an_archive_behind_what_is_not_matched(build: Build) -> None:
    content = b"\0\1content of a member" * 9
    known = {"x.hsb": f"{sha256(content).hexdigest()}:{len(content)}:One\n"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", content)
    for before in (b"<html><body>" + b"text " * 300 + b"</body></html>", b"ID3\3" + bytes(300)):
        assert build(known).scan_bytes(before + out.getvalue()).verdict is Verdict.STRONG


def test_an_archive_in_the_pages_of_a_database_is_opened_and_not_missed(
    build: Build, tmp_path: Path
) -> None:
    letters = b"".join(sha256(bytes([number])).digest() for number in range(256))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small", b"the small one")
        archive.writestr("large", letters + b"content " * 99)
    database = sqlite3.connect(tmp_path / "x.db")
    with database:
        database.execute("create table files (content blob)")
        database.execute("insert into files values (?)", [packed.getvalue()])
    database.close()
    scanner = build({"x.ndb": ndb(Found="the small one")})
    report = scanner.scan_bytes((tmp_path / "x.db").read_bytes())
    assert report.alerts
    clean = build({"x.ndb": ndb(Other="something else")})
    assert not clean.scan_bytes((tmp_path / "x.db").read_bytes()).incidents
