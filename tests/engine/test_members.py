"""What containers say of their members is offered to the signatures about that, and alerts."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from making import ldb, zipped

from nacre.model.limits import Limits

if TYPE_CHECKING:
    from making import Build

    from nacre.engine import Scanner

MEMBERS = {"first.txt": b"some text " * 9, "second.exe": bytes(5000)}


def names(scanner: Scanner, data: bytes) -> list[str]:
    return [alert.name.removesuffix(".UNOFFICIAL") for alert in scanner.scan_bytes(data).alerts]


def test_a_member_alerts_on_its_container(build: Build) -> None:
    scanner = build({"x.cdb": "Exe:CL_TYPE_ZIP:*:exe$:*:5000:0:2:*:*\n"})
    (alert,) = scanner.scan_bytes(zipped({"inner.zip": zipped(MEMBERS)})).alerts
    assert (alert.name, alert.member) == ("Exe.UNOFFICIAL", ("inner.zip",))
    assert not names(scanner, zipped({"exe.second": bytes(5000)}))


def test_the_newest_signature_comes_first(build: Build) -> None:
    lines = "".join(f"N{n}:*:*:{n}:*:*:*:*:*:*\n" for n in ("txt", "first", "exe"))
    assert names(build({"x.cdb": lines}), zipped(MEMBERS)) == ["Nfirst"]
    assert names(build({"x.cdb": lines}, all_match=True), zipped(MEMBERS)) == [
        "Nfirst",
        "Ntxt",
        "Nexe",
    ]


def test_what_is_too_large_is_offered(build: Build) -> None:
    scanner = build({"x.cdb": "Exe:*:*:exe$:*:*:*:*:*:*\n"}, Limits(max_file_size=2000))
    assert names(scanner, zipped(MEMBERS)) == ["Exe"]
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo(f"{'folder/' * 40}a.exe")
        info.size = 100
        archive.addfile(info, io.BytesIO(bytes(100)))
    limits = Limits(max_file_size=len(tar.getvalue()), max_files=2)
    assert names(build({"x.cdb": "Exe:*:*:a.exe$:100:100:0:1:*:*\n"}, limits), tar.getvalue()) == [
        "Exe"
    ]


def test_sizes_that_no_number_holds(build: Build) -> None:
    scanner = build({"x.cdb": "Huge:*:*:*:4294967294-0:*:*:*:*:*\n"})
    header = bytearray(512)
    header[:1], header[124:136], header[156:157] = b"n", b"\xbf" + b"\xff" * 11, b"0"
    header[257:265], header[148:156] = b"ustar\x0000", b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert names(scanner, bytes(header) + bytes(512)) == ["Huge"]


def test_members_of_an_office_document_but_the_first_are_in_a_zip_as_well(build: Build) -> None:
    text = b"the marker " * 9
    document = zipped({"[Content_Types].xml": text, "word/document.xml": b"<w/>", "x.xml": text})
    kinds = ("ZIP", "OOXML_WORD")
    scanner = build(
        {
            "x.cdb": "".join(f"C-{kind}:CL_TYPE_{kind}:*:^x:*:*:*:*:*:*\n" for kind in kinds),
            "x.ldb": "".join(
                ldb(f"L-{kind}", f"Target:0,Container:CL_TYPE_{kind}", "the marker")
                for kind in kinds
            ),
        },
        all_match=True,
    )
    found = {"C-ZIP", "C-OOXML_WORD", "L-ZIP", "L-OOXML_WORD"}
    assert set(names(scanner, document)) == found
    assert not scanner.scan_bytes(document).incidents


def test_nothing_is_asked_without_such_signatures(build: Build) -> None:
    assert build({"x.ndb": "A:0:*:616263\n"})._setup.image.ignores_members
    assert not build({"x.rmd": "A:*:*:*:*:*:*:*:*\n"})._setup.image.ignores_members
