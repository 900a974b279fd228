"""Hashes of sections and imports, from a program to its alerts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from executables.portable import PAGE, Pe, Section, importing
from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES: list[tuple[bytes, list[bytes | int]]] = [(b"KERNEL32.dll", [b"Sleep", 7])]
TEXT = b"kernel32.sleep,kernel32.ord7"


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def alerts(folder: Path, files: dict[str, str], data: bytes, **options: Any) -> list[str]:
    place = folder / f"signatures{len(list(folder.iterdir()))}"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text)
    options = {"all_match": True, "strict": True, **options}
    report = Scanner(Database.open(place, strict=True), ScanOptions(**options)).scan_bytes(data)
    assert not report.incidents
    return [alert.name.removesuffix(".UNOFFICIAL") for alert in report.alerts]


def test_sections_come_after_the_raw_match_and_before_imports(tmp_path: Path) -> None:
    program = importing(LIBRARIES).build()
    files = {
        "a.imp": f"{md5(TEXT)}:{len(TEXT)}:Imports-1\n{md5(TEXT)}:{len(TEXT) + 1}:Near-1\n",
        "a.mdb": f"512:{md5(program[1536:])}:Data-1\n512:{md5(program[1024:1536])}:Code-1\n",
        "a.ldb": "Logical-1;Engine:51-255,Target:1;0;cccccccc\n",
        "a.hdb": f"{md5(program)}:{len(program)}:Whole-1\n",
    }
    everything = ["Whole-1", "Logical-1", "Code-1", "Data-1", "Imports-1"]
    assert alerts(tmp_path, files, program) == everything
    assert alerts(tmp_path, files, program, all_match=False) == everything[:1]
    assert alerts(tmp_path, files, program, scan_pe=False)[:3] == everything[:2]
    off = {**files, "a.cfg": "PE:0xffffffef\n"}
    assert alerts(tmp_path, off, program) == ["Whole-1", "Logical-1", "Imports-1"]
    off = {**files, "a.cfg": "PE:0xfff7ffff\n"}
    assert alerts(tmp_path, off, program) == everything[:-1]
    trusted = {**files, "a.fp": f"{md5(program)}:{len(program)}:trusted\n"}
    assert alerts(tmp_path, trusted, program) == []


def test_imports_of_64_bits_are_not_looked_at(tmp_path: Path) -> None:
    program = importing(LIBRARIES, wide=True).build()
    files = {"a.imp": f"{md5(TEXT)}:*:Imports-1\n"}
    assert alerts(tmp_path, files, program) == []
    assert alerts(tmp_path, files, importing(LIBRARIES).build()) == ["Imports-1"]


def test_a_section_is_hashed_where_it_really_lies(tmp_path: Path) -> None:
    program = Pe().build()[:-1] + b"x"
    second = Section(address=2 * PAGE, offset=0x600 + 7, size=0x3000 - 5)
    files = {"a.msb": f"512:{hashlib.sha256(program[1536:]).hexdigest()}:Cut-1\n"}
    assert alerts(tmp_path, files, program) == ["Cut-1"]
    moved = replace(Pe(), sections=(Section(), second)).build()[: len(program) - 1] + b"x"
    assert alerts(tmp_path, files, moved) == ["Cut-1"]


def test_a_program_with_useless_headers_has_no_sections(tmp_path: Path) -> None:
    program = replace(Pe(), entry=0x10_0000).build()
    assert alerts(tmp_path, {"a.mdb": f"512:{md5(program[1536:])}:Any-1\n"}, program) == []
