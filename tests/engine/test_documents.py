"""Documents through the engine: facts, switches, where an alert came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from making import ndb, zipped

from compound import compound_file
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from making import Build

    from nacre.model.event import Metadata
    from nacre.model.layer import Layer

SAMPLES = Path(__file__).parents[2] / "samples" / "document"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.in").read_bytes()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("pdf/whole", ("tool.bin",)),
        ("pdf/aes-256", ("tool.bin",)),
        ("rtf/objects", ("packed.bin",)),
        ("swf/lzma", ("", "block 2")),
        ("onenote/files", ("file 1",)),
    ],
)
def test_where_it_was_found(build: Build, name: str, path: tuple[str, ...]) -> None:
    body = "the attached file" if name.startswith("pdf") else "the packed file"
    report = build({"x.ndb": ndb(Found=body)}).scan_bytes(sample(name))
    assert [alert.member for alert in report.alerts] == [path]


def test_a_package_in_a_stream_is_told_of_once(build: Build) -> None:
    package = bytearray(zipped({"a.bin": bytes(range(256)) * 40, "b.txt": b"all of it" * 99}))
    package[60:70] = bytes(10)
    scanner = build({"x.ndb": ndb(Found="no such thing")})
    inside = compound_file({"Package": bytes(package).ljust(6000, b"\0")})
    (told,) = scanner.scan_bytes(inside).incidents
    assert told.member == ("Package",)
    # Behind the document it is in no stream.
    behind = compound_file({"Text": b"a text" * 1000}) + package
    assert len(scanner.scan_bytes(behind).incidents) == 1


@pytest.mark.parametrize("front", [b"MZ" + bytes(300), b"GIF89a" + bytes(300), b"BM" + bytes(300)])
def test_a_pdf_behind_the_beginning_of_something_else(build: Build, front: bytes) -> None:
    scanner = build({"x.ndb": ndb(Found="the attached file")})
    assert scanner.scan_bytes(front + sample("pdf/whole")).alerts
    assert not scanner.scan_bytes(front + bytes(1024) + sample("pdf/whole")).alerts


def test_a_mail_behind_the_header_of_a_pdf(build: Build) -> None:
    scanner = build({"x.ndb": ndb(Found="the attached file")})
    mail = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B\r\n\r\n--B\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\ndGhlIGF0dGFjaGVkIGZpbGU=\r\n--B--\r\n"
    )
    assert scanner.scan_bytes(b"%PDF-1.7\n1 0 obj<<>>endobj\n" + mail).alerts


@pytest.mark.parametrize(
    ("name", "option"),
    [("pdf/whole", "scan_pdf"), ("swf/zlib", "scan_swf"), ("onenote/files", "scan_onenote")],
)
def test_options(build: Build, name: str, option: str) -> None:
    scanner = build({"x.ndb": ndb(Found="the attached file")}, **{option: False})
    report = scanner.scan_bytes(sample(name))
    assert (report.layers, report.alerts) == (1, ())


def test_heuristics(build: Build) -> None:
    signatures = {"x.ndb": ndb(Found="no such thing")}
    obfuscated, locked = sample("pdf/obfuscated"), sample("pdf/password")
    for options, data, expected in (
        ({}, obfuscated, ["Heuristics.PDF.ObfuscatedNameObject"]),
        ({"heuristic_alerts": False}, obfuscated, []),
        ({}, locked, []),
        ({"alert_encrypted_doc": True}, locked, ["Heuristics.Encrypted.PDF"]),
    ):
        report = build(signatures, **options).scan_bytes(data)
        assert [alert.name for alert in report.alerts] == expected
        assert report.incomplete == (data is locked)
    switched = build({**signatures, "x.cfg": "OTHER:0xfffffeff:1:255\n"})
    assert switched.scan_bytes(obfuscated).alerts == ()


class Facts:
    """Watches a scan and keeps what is told about its layers."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, Any]] = {}

    def enter(self, layer: Layer) -> None:
        """Not asked for."""

    def found(self, layer: Layer, name: str) -> None:
        """Not asked for."""

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Keep it."""
        self.told.setdefault("/".join(layer.path()), {})[fact.key] = fact.value

    def leave(self, layer: Layer) -> None:
        """Not asked for."""


def facts_of(build: Build, data: bytes, **options: bool) -> dict[str, dict[str, Any]]:
    watch = Facts()
    scanner = build({"x.ndb": ndb(Found="no such thing")}, **options)
    scanner.scan(Fmap.from_bytes(data), "", watch)
    return watch.told


def test_facts(build: Build) -> None:
    assert facts_of(build, sample("pdf/whole")) == {}
    facts = facts_of(build, sample("pdf/object-streams"), gen_json=True)[""]
    assert facts["URIs"] == ["http://www.example.com/"]
    assert facts["PDFStats"] == {
        "PDFVersion": "1.5",
        "JavascriptObjects": [8, 9, 11],
        "ObjectsWithoutDictionaries": [10],
        "Author": "An author",
        "JavaScriptObjectCount": 3,
        "DeflateObjectCount": 6,
        "EmbeddedFileCount": 2,
        "OpenActionCount": 1,
        "LaunchCount": 1,
        "PageCount": 1,
    }
    without = facts_of(build, sample("pdf/whole"), gen_json=True, json_store_pdf_uris=False)
    assert "URIs" not in without[""]
    locked = facts_of(build, sample("pdf/password"), gen_json=True)[""]["PDFStats"]
    assert (locked["Encrypted"], locked["Decryptable"]) == (True, False)
    assert locked["Author_base64"] is True
    cut = facts_of(build, sample("pdf/cut"), gen_json=True)[""]["PDFStats"]
    assert cut["TruncatedObjects"] == [10]
    assert (cut["NoEOF"], cut["BadTrailer"]) == (True, True)


def test_facts_about_members(build: Build) -> None:
    packed = zipped({"a.pdf": sample("pdf/whole")})
    assert facts_of(build, packed, gen_json=True)["a.pdf"]["PDFStats"]["LaunchCount"] == 1
