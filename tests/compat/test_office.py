"""Macros and objects of office documents: the same texts under the same targets."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from compat.pair import CLEAN, only
from compound import compound_file, vba_storage

if TYPE_CHECKING:
    from compat.pair import Pair

SAMPLES = Path(__file__).parents[2] / "samples/document/ole2"
MACROS = (SAMPLES / "macros.in").read_bytes()
SOURCE = b'  MsgBox "The action'
VIEW = b' msgbox "The action'
TARGETS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12)


def line(name: str, data: bytes) -> str:
    return f"{hashlib.md5(data).hexdigest()}:{len(data)}:{name}"  # noqa: S324 what hdb files hold


def test_targets_of_macros(pair: Pair) -> None:
    lines = [
        ("a.ndb", f"{name}{target}:{target}:*:{text.hex()}")
        for target in TARGETS
        for name, text in (("Source", SOURCE), ("View", VIEW), ("Lower", VIEW.lower()))
    ]
    found = pair.agree(lines, {"macros": MACROS}, "--allmatch")
    assert found["macros"] == only("Source0", "Source2", "View0")


def test_containers_and_hashes_of_macros(pair: Pair) -> None:
    conditions = "Engine:51-255,Target:0,Container:CL_TYPE_MSOLE2"
    lines = [("a.ldb", f"{name};{conditions};0;{text.hex()}") for name, text in
             (("Source", SOURCE), ("View", VIEW))]  # fmt: skip
    text = b'Attribute VB_Name = "Module1"\r\nSub Action_Click()\r\n  MsgBox "The action'
    lines.append(("b.hdb", line("Hash", text)))
    assert pair.agree(lines, {"macros": MACROS}, "--allmatch")["macros"] == only("Source", "View")


def test_the_text_of_projects(pair: Pair) -> None:
    sources = {
        "plain": b'Attribute VB_Name = "M"\r\nSub  A _\r\n\t(B)\r\nX = "Y  Z" \' C\r\n',
        "wide": b'\xc4\xd6 "\xe4"  ABC\r\n',
        "empty": b"",
    }
    files = {
        name: compound_file({"Macros": {"VBA": vba_storage({"M": source})}})
        for name, source in sources.items()
    }
    lines = [
        ("a.ndb", f"{name}:0:*:{text.hex()}")
        for name, text in (
            ("Plain", b'#\nattribute vb_name = "M"\r\nsub a (b)\r\nx = "Y  Z" \' c\r\n'),
            ("Wide", '#\n\u00c4\u00d6 "\u00e4" abc\r\n'.encode()),
            ("Head", b"REM VBA project extracted"),
        )
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert found == {
        "plain": only("Plain", "Head"),
        "wide": only("Wide", "Head"),
        "empty": only("Head"),
    }


def test_the_alert_for_macros(pair: Pair) -> None:
    files = {"macros": MACROS, "none": (SAMPLES / "xlwt.in").read_bytes()}
    found = pair.agree([("a.ndb", "X:0:*:7a7a7a7a7a7a7a7a")], files, "--alert-macros")
    assert found == {"macros": only("Heuristics.OLE2.ContainsMacros.VBA"), "none": CLEAN}


def test_embedded_objects(pair: Pair) -> None:
    inner = compound_file({"VBA": vba_storage({"Module1": b'Attribute VB_Name = "Module1"\r\n'})})
    lines = [
        ("a.hdb", line("Object", inner)),
        ("b.ndb", f"Text:0:0:{b'This'.hex()}"),
    ]
    files = {name: (SAMPLES / f"{name}.in").read_bytes() for name in ("package", "presentation")}
    found = pair.agree(lines, files, "--allmatch")
    assert found == {"package": only("Text"), "presentation": only("Object")}


def test_macro_sheets(pair: Pair) -> None:
    names = ("macro-sheet", "macro-sheet-excel5")
    files = {name: (SAMPLES / f"{name}.in").read_bytes() for name in names}
    found = pair.agree([("a.ndb", "X:0:*:7a7a7a7a7a7a7a7a")], files, "--alert-macros")
    assert set(found.values()) == {only("Heuristics.OLE2.ContainsMacros.XLM")}


def test_the_text_of_macro_sheets(pair: Pair) -> None:
    # The peer scans what was written when a buffer of 4 KiB was full.
    sheet = b"\x85\0\x0e\0\0\0\0\0\x01\x01\x06\0Macro1"
    formula = b"\x42\x01\x6e\0"
    rows = b"\x08\x02\x10\0" + bytes(16)
    cell = b"\x06\0\x1a\0" + bytes(20) + b"\x04\0" + formula
    book = b"\x09\x08\x10\0\0\x06\x05\0" + bytes(12) + sheet + cell + rows * 300
    text = b"""0085     14   BOUNDSHEET : Sheet Information - Excel 4.0 macro sheet, hidden
0006     26   FORMULA : Cell Formula - R1C1 len=4  ptgFuncVarV args 1 func EXEC (0x006e)"""
    lines = [("a.ndb", f"Text{target}:{target}:*:{text.hex()}") for target in TARGETS]
    found = pair.agree(lines, {"book": compound_file({"Workbook": book})}, "--allmatch")
    assert found["book"] == only("Text0")


def test_macros_of_word_6(pair: Pair) -> None:
    key, macro = 0x5A, b"SECRETMACRO of a document"
    entry = b"\x55" + bytes([key]) + bytes(10) + len(macro).to_bytes(4, "little") + bytes(4)
    tables = b"\xff\x01\x01\0" + entry + (0x800).to_bytes(4, "little") + b"\x40"
    head = b"\xdc\xa5\x65\0".ljust(0x118, b"\0") + b"\0\x04\0\0" + bytes([len(tables), 0, 0, 0])
    stream = (head.ljust(0x400, b"\0") + tables).ljust(0x800, b"\0")
    stream += bytes(byte ^ key for byte in macro)
    lines = [("a.ndb", f"Macro{target}:{target}:*:{macro.hex()}") for target in TARGETS]
    found = pair.agree(lines, {"word": compound_file({"WordDocument": stream})}, "--allmatch")
    assert found["word"] == only("Macro0", "Macro2")


def test_hangul_documents(pair: Pair) -> None:
    files = {name: (SAMPLES / f"{name}.in").read_bytes() for name in ("hangul", "hangul-encrypted")}
    lines = [
        ("a.ndb", f"{name}:0:*:{text.hex()}")
        for name, text in (
            ("Section", b"text of the document"),
            ("Object", b"an object inside"),
            ("Preview", "preview".encode("utf-16-le")),
        )
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert found["hangul"] == only("Section", "Object", "Preview")
    assert found["hangul-encrypted"] == only("Preview")


def test_messages_and_packages(pair: Pair) -> None:
    files = {name: (SAMPLES / f"{name}.in").read_bytes() for name in ("message", "msibuild")}
    lines = [
        ("a.hdb", line("Attachment", b"content of the attachment\n")),
        ("a.hdb", line("Inner", "The body of the message inside.\r\n".encode("utf-16-le"))),
        ("a.hdb", line("Stream", b"text of a stream that is in a package\n")),
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert found == {"message": only("Attachment", "Inner"), "msibuild": only("Stream")}


def test_documents_in_xml(pair: Pair) -> None:
    folder = SAMPLES.parent
    files = {
        "word": (folder / "office_xml/word2003.in").read_bytes(),
        "form": (folder / "xdp/form.in").read_bytes(),
    }
    lines = [
        ("a.ndb", f"Package:0:*:{b'simple-text-file.txt'.hex()}"),
        ("a.ndb", f"Form:0:0:{b'%PDF-1.4'.hex()}"),
    ]
    found = pair.agree(lines, files, "--allmatch")
    assert found == {"word": only("Package"), "form": only("Form")}


def test_hangul_documents_in_xml(pair: Pair) -> None:
    # No built-in rule gives the type, only published ones.
    document = (SAMPLES.parent / "hwpml/document.in").read_bytes()
    lines = [
        ("a.ftm", "1:*:3c4857504d4c20:HWPML:CL_TYPE_ANY:CL_TYPE_XML_HWP"),
        ("a.ndb", f"Stored:0:0:{b'a picture'.hex()}"),
        ("a.ndb", f"Deflated:0:0:{b'an object of it'.hex()}"),
    ]
    found = pair.agree(lines, {"hangul": document}, "--allmatch")
    assert found["hangul"] == only("Stored", "Deflated")
