"""What installers carry is scanned when they lie behind a program, and switched as ClamAV's is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from making import binary, md5_line

from formats.installshield_files import entry

if TYPE_CHECKING:
    from making import Build

    from nacre.engine import Scanner

SAMPLES = Path(__file__).parents[2] / "samples"
PROGRAM = (SAMPLES / "executable/pe/32-bit.in").read_bytes()
ONE = b"".join(b"one.txt, line %d of a short text\n" % number for number in range(40))
LINES = {"x.hdb": md5_line("One", ONE)}
CASES = [
    "nsis/zlib", "nsis/bzip2-solid", "nsis/lzma-solid", "nsis/zlib-solid", "nsis/stored",
    "autoit/ea05", "autoit/ea06", "installshield/streams",
]  # fmt: skip


def names(scanner: Scanner, data: bytes) -> list[str]:
    return [alert.name.removesuffix(".UNOFFICIAL") for alert in scanner.scan_bytes(data).alerts]


@pytest.mark.parametrize("case", CASES)
def test_behind_a_program(build: Build, case: str) -> None:
    installer = (SAMPLES / f"installer/{case}.in").read_bytes()
    scanner = build(LINES)
    for before in (PROGRAM, binary(bytes(200)), binary(bytes(5000))):
        result = scanner.scan_bytes(before + installer)
        assert [alert.name for alert in result.alerts] == ["One.UNOFFICIAL"]
    assert not names(build(LINES, scan_archive=False), PROGRAM + installer)


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_missed_where_nothing_is_wrong(build: Build, case: str) -> None:
    installer = (SAMPLES / f"installer/{case}.in").read_bytes()
    scanner = build({"x.ndb": "Never:0:*:6e65766572\n"})
    for before in (b"", PROGRAM, binary(bytes(200))):
        assert not scanner.scan_bytes(before + installer).incidents


def test_a_list_behind_a_program(build: Build) -> None:
    listed = PROGRAM + entry(b"a.ini", b"text") + entry(b"one.txt", ONE)
    assert names(build(LINES), listed) == ["One"]
    member = "Member:CL_TYPE_MSEXE:*:^one.txt$:1310:1310:0:1:*:*\n"
    assert names(build({"x.cdb": member}), listed) == ["Member"]
