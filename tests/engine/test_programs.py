"""Programs in the engine: what signatures relative to their headers mean, and broken headers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from making import zipped

from executables import packing
from executables.portable import DEFAULT, PAGE, Pe, Section
from nacre.model.filetype import FileType
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from making import Build

SAMPLES = Path(__file__).parents[2] / "samples" / "executable"
MARK = b"\xde\xad\xbe\xef\xfe\xed"
NOTHING = {"x.ndb": "None:0:*:0123456789abcdef\n"}
BROKEN = "Heuristics.Broken.Executable"


def marked(data: bytes, at: int) -> bytes:
    return data[:at] + MARK + data[at + len(MARK) :]


def names(build: Build, lines: dict[str, str], data: bytes, **options: bool) -> set[str]:
    scanner = build(lines, all_match=True, **options)
    return {alert.name.removesuffix(".UNOFFICIAL") for alert in scanner.scan_bytes(data).alerts}


@pytest.mark.parametrize(
    ("offset", "at"),
    [("EP+16", 0x420), ("S1+4", 0x604), ("SE0", 0x5F0), ("SL+0", 0x600), ("EOF-512", 0x600)],
)
def test_places_relative_to_headers(build: Build, offset: str, at: int) -> None:
    lines = {"x.ndb": f"Hit:1:{offset}:{MARK.hex()}\n"}
    program = Pe().build()
    assert names(build, lines, marked(program, at)) == {"Hit"}
    assert names(build, lines, marked(program, at + 0x20 if offset != "SE0" else 0x602)) == set()


def test_conditions_on_headers(build: Build) -> None:
    conditions = {
        "Two": "NumberOfSections:2-2,EntryPoint:1040-1040",
        "Three": "NumberOfSections:3-4",
    }
    lines = {
        "x.ldb": "".join(
            f"{name};Engine:51-255,Target:1,{condition};0;{MARK.hex()}\n"
            for name, condition in conditions.items()
        )
    }
    assert names(build, lines, marked(Pe().build(), 0x500)) == {"Two"}
    # A section that is missing from the file keeps its number.
    missing = Pe(sections=(*DEFAULT, Section(address=0x3000, offset=0x800))).build()[:0x800]
    assert names(build, lines, marked(missing, 0x500)) == {"Three"}


def test_nothing_is_relative_to_useless_headers(build: Build) -> None:
    lines = {"x.ndb": f"At:1:1024:{MARK.hex()}\nEnd:1:EOF-1024:{MARK.hex()}\n"}
    assert names(build, lines, marked(Pe().build(), 0x400)) == {"At", "End"}
    assert names(build, lines, marked(Pe(entry=0x9000).build(), 0x400)) == {"At"}


@pytest.mark.parametrize(
    ("path", "option"), [("pe", "scan_pe"), ("elf", "scan_elf"), ("macho", None)]
)
def test_broken_headers(build: Build, path: str, option: str | None) -> None:
    data = (SAMPLES / path / "cut.in").read_bytes()
    lines = {"x.ndb": "Other:0:*:0102030405060708\n"}
    assert names(build, lines, data) == set()
    assert names(build, lines, data, alert_broken_executables=True) == {BROKEN}
    if option:
        off = {option: False}
        assert names(build, lines, data, alert_broken_executables=True, **off) == set()


def test_a_pe_is_matched_before_it_is_called_broken(build: Build) -> None:
    lines = {"x.ndb": f"Hit:0:*:{MARK.hex()}\n"}
    options = {"alert_broken_executables": True, "heuristic_scan_precedence": True}
    program = marked(Pe(entry=0x9000).build(), 0x500)
    alerts = build(lines, **options).scan_bytes(program).alerts
    assert [alert.name for alert in alerts] == ["Hit.UNOFFICIAL"]
    elf = (SAMPLES / "elf/cut.in").read_bytes()[:-6] + MARK
    assert [alert.name for alert in build(lines, **options).scan_bytes(elf).alerts] == [BROKEN]


def test_slices_of_a_universal_binary_are_layers(build: Build) -> None:
    data = (SAMPLES / "universal/two.in").read_bytes()
    lines = {"x.ldb": "In;Engine:51-255,Target:9,Container:CL_TYPE_MACHO_UNIBIN;0;cffaedfe\n"}
    report = build(lines, all_match=True).scan_bytes(data)
    assert report.file_type is FileType.MACHO_UNIBIN
    assert [alert.name for alert in report.alerts] == ["In.UNOFFICIAL"] * 2


def test_a_program_inside_a_program(build: Build) -> None:
    lines = {"x.ldb": "Inner;Engine:51-255,Target:1,Container:CL_TYPE_MSEXE;0;" + MARK.hex() + "\n"}
    whole = marked(Pe(wide=True).build(), 0x500)
    assert names(build, lines, Pe().build() + whole) == {"Inner"}
    assert names(build, lines, Pe().build() + marked(Pe(entry=0x9000).build(), 0x500)) == set()


def test_what_is_behind_an_embedded_program_is_found_in_it(build: Build) -> None:
    way = "CL_TYPE_MSOLE2>CL_TYPE_MSEXE>CL_TYPE_MSEXE>CL_TYPE_ZIP"
    lines = {"x.ldb": f"In;Engine:51-255,Target:0,Intermediates:{way};0;{MARK.hex()}\n"}
    ole2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    data = ole2 + Pe().build() + zipped({"a": b"\0\1\0\1" + MARK})
    report = build(lines, all_match=True).scan_bytes(data)
    assert [(alert.name, alert.member) for alert in report.alerts] == [("In.UNOFFICIAL", ("a",))]
    assert report.layers == 3


def test_what_is_behind_a_program_that_no_longer_fits_is_scanned(build: Build) -> None:
    lines = {"x.ndb": f"In:0:*:{MARK.hex()}\n"}
    data = Pe().build() * 2 + zipped({"a": b"\0\1\0\1" + MARK})
    report = build(lines, Limits(max_scan_size=len(data) + 200)).scan_bytes(data)
    assert [(alert.name, alert.member) for alert in report.alerts] == [("In.UNOFFICIAL", ("a",))]
    assert report.incomplete


PACKED = packing.fsg_133(
    packing.Content(
        {PAGE: b"what is packed " * 9, 2 * PAGE: MARK * 9, 3 * PAGE: b"imports"}, 2 * PAGE
    )
)
"""What comes out of it begins in the second page, which in any other program is broken."""


def test_packed_programs_are_matched_unpacked(build: Build) -> None:
    lines = {"x.ndb": f"Hit:1:S1+6:{MARK.hex()}\n"}
    assert names(build, lines, PACKED) == {"Hit"}
    assert names(build, lines, PACKED, scan_pe=False) == set()
    assert names(build, {**lines, "daily.cfg": "PE:0xfffff\n"}, PACKED) == {"Hit"}
    assert names(build, {**lines, "daily.cfg": "PE:0xfffbf\n"}, PACKED) == set()


def test_rebuilt_headers_are_not_called_broken(build: Build) -> None:
    assert names(build, NOTHING, PACKED, alert_broken_executables=True) == set()


def test_what_cannot_be_unpacked_is_told(build: Build) -> None:
    damaged = PACKED[:0x404] + bytes(8) + PACKED[0x40C:]
    report = build(NOTHING).scan_bytes(damaged)
    assert [incident.reason for incident in report.incidents] == [
        "packed with FSG, but cannot be unpacked"
    ]
