"""What layers say of themselves, from a handler to the JSON text."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compound import compound_file
from nacre.model.fmap import Fmap
from nacre.output.members import Tree
from nacre.output.metadata import metadata

if TYPE_CHECKING:
    from making import Build

SAMPLES = Path(__file__).parents[2] / "samples/document/ole2"
MACROS = (SAMPLES / "macros.in").read_bytes()
SIGNATURES = {"a.ndb": "Nothing:0:*:7a7a7a7a7a7a7a7a\n"}


def facts(build: Build, data: bytes, signatures: dict[str, str] = SIGNATURES) -> Any:
    tree = Tree()
    report = build(signatures, gen_json=True, cache_size=0).scan(Fmap.from_bytes(data), "x", tree)
    return json.loads(metadata(report, b"x", "", tree.root))


def test_macros_of_a_document(build: Build) -> None:
    found = facts(build, MACROS)
    assert found["HasMacros"] is True
    assert found["MacroLanguages"] == ["VBA"]
    assert "_vba_project" in found["Streams"]


def test_macro_sheets_that_run_by_themselves(build: Build) -> None:
    found = facts(build, (SAMPLES / "macro-sheet.in").read_bytes())
    assert found["MacroLanguages"] == ["XLM"]
    assert found["MacroIndicators"] == ["autorun"]
    assert "MacroIndicators" not in facts(build, (SAMPLES / "encrypted-workbook.in").read_bytes())


def test_a_document_knows_what_it_is(build: Build) -> None:
    found = facts(build, compound_file({"\x05SummaryInformation": b"none", "WordDocument": b"x"}))
    assert found["RootFileType"] == found["FileType"] == "CL_TYPE_MSWORD"
    assert sorted(found["Streams"]) == ["_5_summaryinformation", "worddocument"]


def test_members_that_say_something(build: Build) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("first.txt", "some text")
        archive.writestr("word/document.xml", "<w/>")
        archive.writestr("docProps/core.xml", "<dc:title>T</dc:title><dc:creator>me</dc:creator>")
        archive.writestr("word/vbaProject.bin", MACROS)
    found = facts(build, file.getvalue())
    assert found["CoreProperties"] == {"Title": {"Value": ["T"]}, "Author": {"Value": ["me"]}}
    (inner,) = (
        member for member in found["ContainedObjects"]
        if member["FileName"] == "word/vbaProject.bin"
    )  # fmt: skip
    assert inner["FileType"] == "CL_TYPE_MSOLE2"
    assert inner["MacroLanguages"] == ["VBA"]


def test_what_is_believed_has_no_indicators(build: Build) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evil", "EVIL and so on, " * 9)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    lines = {"a.ndb": "Evil:0:*:4556494c\n"}
    assert "Evil.UNOFFICIAL" in json.dumps(facts(build, outer.getvalue(), lines))
    digest = Fmap.from_bytes(inner.getvalue()).digest("md5").hex()
    lines["a.fp"] = f"{digest}:{len(inner.getvalue())}:Known\n"
    assert "Evil.UNOFFICIAL" not in json.dumps(facts(build, outer.getvalue(), lines))


def test_nothing_is_told_unless_asked(build: Build) -> None:
    tree = Tree()
    build(SIGNATURES).scan(Fmap.from_bytes(MACROS), "x", tree)
    assert tree.root is not None
    assert not tree.root.facts


PROGRAMS = Path(__file__).parents[2] / "samples/executable/pe"


def test_headers_of_a_program(build: Build) -> None:
    found = facts(build, (PROGRAMS / "upx-nrv2b.in").read_bytes())
    assert {key: found["PE"][key] for key in ("Type", "ArchType", "Subsystem", "EntryPoint")} == {
        "Type": "EXE",
        "ArchType": "80386",
        "Subsystem": "Win32 console",
        "EntryPoint": "0x7320",
    }
    assert found["PE"]["Packer"] == "UPX"
    assert found["PE"]["HasEmptySection"] is True
    assert [section["RawSize"] for section in found["PE"]["Sections"]] == [0, 1536, 512]
    assert found["ImportTable"][0] == "kernel32.loadlibrarya"
    assert found["Imphash"] == "1f3f3b50ad225b5413298262dc9c1576"


def test_headers_that_are_cut_or_lie(build: Build) -> None:
    whole = (PROGRAMS / "64-bit.in").read_bytes()
    start = int.from_bytes(whole[60:64], "little")
    found = facts(build, whole)["PE"]
    assert found["ArchType"] == "AMD64"
    cut = facts(build, whole[: start + 100])["PE"]
    assert cut.items() <= found.items()
    assert "SizeOfCode" not in cut
    lying = bytearray(whole)
    lying[start + 4 : start + 6] = b"\x34\x12"
    lying[start + 22 : start + 24] = b"\0\0"
    lying[start + 28 : start + 32] = b"\xf0\xff\xff\xff"
    found = facts(build, bytes(lying))["PE"]
    assert (found["ArchType"], found["SizeOfCode"]) == ("Unknown", -16)
    assert "Type" not in found


HEAD = b"From: a@b.example\nMIME-Version: 1.0\n"


def multipart(parts: list[bytes]) -> bytes:
    joined = b"".join(b"--BOUND\n" + part + b"\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=BOUND\n\n" + joined + b"--BOUND--\n"


def part(kind: str, inner: object = None, **more: str) -> dict[str, object]:
    main, _, sub = kind.partition("/")
    told: dict[str, object] = {
        "MimeType": main,
        "MimeSubtype": sub,
        "EncodingType": "NOENCODING",
        "Disposition": "",
        "Filename": "(inline)",
    }
    return told | more | ({"Body": inner} if inner else {})


def test_parts_of_a_mail(build: Build) -> None:
    inner = (
        b"Content-Type: multipart/alternative; boundary=IN\n\n--IN\n\nhi\n--IN\n"
        b"Content-Type: x-new/kind\n\nhi\n--IN--\n"
    )
    message = b"Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\nhi\n"
    file = (
        b"Content-Disposition: attachment; filename=a.b\nContent-Transfer-Encoding: base64\n\nxx\n"
    )
    mail = HEAD + multipart([inner, message, file, b"Content-Type: model/x\n\nhi"])
    found = facts(build, mail)["Body"]
    parts = [part("NOMIME/"), part("MEXTENSION/kind")]
    alternative = part("MULTIPART/alternative") | {"Boundary": "IN", "Multipart": parts}
    assert found == part("MULTIPART/mixed") | {
        "Boundary": "BOUND",
        "Multipart": [
            part("MULTIPART/alternative", alternative),
            part("MESSAGE/rfc822", part("TEXT/html")),
            part("NOMIME/", EncodingType="BASE64", Disposition="attachment", Filename="a.b"),
            part("APPLICATION/x"),
        ],
    }


def test_parts_in_parts_are_told_to_a_depth(build: Build) -> None:
    level = b"Content-Type: multipart/mixed; boundary=B%d\n\n--B%d\n"
    mail = HEAD + b"".join(level % (n, n) for n in range(60)) + b"\nhi\n"
    assert str(facts(build, mail)["Body"]).count("'Boundary'") == 32
    assert len(facts(build, HEAD + multipart([b"\nhi"] * 2000))["Body"]["Multipart"]) == 999
