from __future__ import annotations

import struct

import pytest

from nacre.model.budget import Budget
from nacre.model.limits import Limits
from nacre.parsers import biff
from nacre.parsers.biff_formula import formula
from nacre.parsers.office_art import pictures

BEGIN = struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def sheet(kind: int = 1, seen: int = 0) -> bytes:
    return record(0x85, struct.pack("<IBB", 0, seen, kind) + b"\x06\0Macro1")


def lines(*records: bytes) -> list[bytes]:
    return list(biff.text(record(0x809, BEGIN) + b"".join(records), Budget(Limits())))


def name(flags: int, count: int, text: bytes) -> bytes:
    return record(0x18, struct.pack("<HBBHHHI", flags, 0, count, 0, 0, 0, 0) + text)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (record(0x0A), b"000a      0   EOF : End of File\n"),
        (record(0x1C2, b"abc"), b"01c2      3   <unknown>\n"),
        (
            sheet(),
            b"0085     14   BOUNDSHEET : Sheet Information - Excel 4.0 macro sheet, visible\n",
        ),
        (
            sheet(6, 2),
            b"0085     14   BOUNDSHEET : Sheet Information - Visual Basic module, very hidden\n",
        ),
        (
            sheet(9, 9),
            b"0085     14   BOUNDSHEET : Sheet Information - unknown type, unknown visibility\n",
        ),
        (
            name(0x20, 1, b"\0\x01"),
            b"0018     16   LABEL : Cell Value, String Constant - built-in-name 1 auto_open\n",
        ),
        (
            name(0, 5, b"\0Hello\x1e\x01\0"),
            b"0018     23   LABEL : Cell Value, String Constant - Hello\n",
        ),
        (
            record(0x207, b"\x02\0\x01a\0b\0"),
            b'0207      7   STRING : String Value of a Formula - "ab"\n',
        ),
        (record(0x06, b"short"), b"0006      5   FORMULA : Cell Formula\n"),
    ],
)
def test_lines_of_the_text_form(made: bytes, line: bytes) -> None:
    assert lines(made)[1] == line


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([sheet()], set()),
        ([sheet(1, 1)], {"hidden"}),
        ([sheet(1, 2)], {"hidden"}),
        ([sheet(1, 3)], set()),
        ([sheet(), sheet(0, 1)], set()),
        ([sheet(), name(0x20, 1, b"\0\x01")], {"autorun"}),
        ([sheet(1, 1), name(0x21, 1, b"\0\x02")], {"autorun", "hidden"}),
        ([sheet(), name(0x20, 1, b"\0\x03"), name(0, 9, b"\0auto_open")], set()),
        ([sheet(), record(0x0A), name(0x20, 1, b"\0\x01")], set()),
        ([record(0x18), record(0x85, b"abcde"), record(0x18, b"\x20")], set()),
    ],
)
def test_what_is_remarkable(records: list[bytes], found: set[str]) -> None:
    stream = record(0x809, BEGIN) + b"".join(records)
    assert biff.indicators(stream, Budget(Limits())) == found


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x1e\x34\x12", b" ptgInt 4660"),
        (b"\x1f" + struct.pack("<d", 1.5), b" ptgNum 1.500000"),
        (b"\x1d\x01\x1d\x00", b" ptgBool TRUE ptgBool FALSE"),
        (b"\x17\x05\x01H\0e\0l\0l\0o\0\x08", b" ptgStrHello ptgConcat"),
        (b"\x17\x02\x00ab\x08", b" ptgStr\x17\x02\0ab ptgConcat"),
        (b"\x42\x01\x76\x80", b" ptgFuncVarV args 1 func ALERT (0x8076)"),
        (
            b"\x41\x6e\x00\x41\x01\x02",
            b" ptgFuncV EXEC (0x006e) ptgFuncV <unknown function> (0x0201)",
        ),
        (b"\x44\x01\x02\x03\x04\x03", b" ptgRefV R514C1028 ptgAdd"),
        (b"\x25\x01\x02\x03\x04\x05\x06\x07\x08", b" ptgArea R514C1028:R1542C2056"),
        (b"\x19\x04\x01\x00abcd\x03", b" ptgAttr ptgAdd"),
        (
            b"\x23\x01\x02\x03\x04\x39\x01\x02\x03\x04\0\0",
            b" ptgName 0x04030201 ptgNameX NAMEIDX 1027",
        ),
        (b"\x00\x03", b" (null)"),
        (b"\x42\x01", b" ptgFuncVarV"),
    ],
)
def test_formulas(data: bytes, shown: bytes) -> None:
    assert b"".join(formula(data, wide=True)) == shown


def test_formulas_before_excel_97() -> None:
    assert b"".join(formula(b"\x17\x02ab\x24abc\x03", wide=False)) == (
        b" ptgStr\x17\x02ab ptgRef ptgAdd"
    )


def test_a_survey_ends_with_the_globals() -> None:
    begin = record(0x809, BEGIN)
    assert biff.survey(begin + sheet() + record(0x2F, bytes(6)), Budget(Limits()))[:2] == (
        True,
        True,
    )
    assert biff.survey(begin + record(0x0A) + sheet(), Budget(Limits()))[:2] == (False, False)
    drawn = record(0xEB, b"first") + record(0x3C, b" second") + record(0x31) + record(0x3C, b"no")
    assert biff.survey(begin + drawn, Budget(Limits())).drawings == b"first second"


def art(instance: int, kind: int, data: bytes, version: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data


def test_pictures_of_drawings() -> None:
    png = art(0x6E0, 0xF01E, bytes(16) + b"\xff" + b"PNG data")
    jpeg = art(0x46B, 0xF01D, bytes(32) + b"\xff" + b"JPEG data")
    emf = art(0x3D4, 0xF01A, bytes(16) + bytes(32) + b"\0\xfe" + b"deflated")
    entry = art(0, 0xF007, bytes(33) + b"\x04" + bytes(2) + b"a\0b\0" + png, 2)
    data = art(0, 0xF000, art(0, 0xF001, entry + jpeg, 0xF), 0xF) + emf
    found = [(p.kind, p.data, p.deflated) for p in pictures(data, Budget(Limits()))]
    assert found == [
        ("PNG", b"PNG data", False),
        ("JPEG", b"JPEG data", False),
        ("EMF", b"deflated", True),
    ]
