"""Hashes of sections and imports of programs, from signature line to match."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import pytest

from nacre.database import Database
from nacre.matching import Selection
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = bytes(range(256)) * 16
SECTIONS = [(512, 1024), (1536, 1000), (3584, 5000)]
TEXT = b"kernel32.exitprocess,user32.ord5"
KINDS = ("md5", "sha1", "sha256")


def digest(kind: str, data: bytes) -> str:
    return hashlib.new(kind, data, usedforsecurity=False).hexdigest()


def part(number: int) -> bytes:
    start, size = SECTIONS[number]
    return PROGRAM[start : start + size]


def selection(*, pua: bool = False, official: bool = False) -> Selection:
    return Selection(ScanOptions(detect_pua=pua, official_only=official), Limits())


def in_sections(
    database: Database, sections: list[tuple[int, int]] = SECTIONS, **options: bool
) -> list[str]:
    answer = database.image.section_matches(
        Fmap.from_bytes(PROGRAM), sections, selection(**options)
    )
    assert not answer.problems
    return [match.name.removesuffix(".UNOFFICIAL") for match in answer.matches]


def test_sections_answer_one_after_the_other_by_kind_and_size(folder: Path) -> None:
    lines = [
        f"{size}:{digest(kind, part(number))}:{kind}.{number}.{label}:73"
        for number in reversed(range(2))
        for kind in reversed(KINDS)
        for label, size in (("any", "*"), ("sized", len(part(number))))
    ]
    (folder / "a.msb").write_text("\n".join(lines) + "\n")
    assert in_sections(Database.open(folder)) == [
        f"{kind}.{number}.{label}"
        for number in range(2)
        for kind in KINDS
        for label in ("sized", "any")
    ]


def test_a_section_that_is_cut_by_the_end_has_the_size_that_is_left(folder: Path) -> None:
    data = part(2)
    lines = [f"{size}:{digest('md5', data)}:Size-{size}\n" for size in (511, 512, 513, 5000)]
    (folder / "a.mdb").write_text("".join(lines))
    database = Database.open(folder)
    assert in_sections(database) == ["Size-512"]
    assert in_sections(database, [(4096, 512), (9000, 5), (1 << 63, 1 << 63), (0, 0)]) == []
    assert in_sections(database, [SECTIONS[2]] * 3) == ["Size-512"] * 3


def test_options_select_section_hashes(folder: Path) -> None:
    (folder / "a.mdu").write_text(f"1024:{digest('md5', part(0))}:PUA.Win.Tool.A-1\n")
    (folder / "a.mdb").write_text(f"1000:{digest('md5', part(1))}:B-1\n")
    database = Database.open(folder)
    assert in_sections(database) == ["B-1"]
    assert in_sections(database, pua=True) == ["PUA.Win.Tool.A-1", "B-1"]
    assert in_sections(database, pua=True, official=True) == []


@pytest.mark.parametrize("kind", KINDS)
def test_import_hashes_are_of_the_text(folder: Path, kind: str) -> None:
    sizes = (len(TEXT) + 1, "*", len(TEXT))
    lines = [f"{digest(kind, TEXT)}:{size}:Imports-{size}\n" for size in sizes]
    (folder / "a.imp").write_text("".join(lines))
    image = Database.open(folder).image
    found = image.import_matches(TEXT, selection())
    assert [match.name for match in found] == [
        f"Imports-{len(TEXT)}.UNOFFICIAL",
        "Imports-*.UNOFFICIAL",
    ]
    assert image.import_matches(TEXT[:-1], selection()) == ()
    assert image.import_matches(TEXT, selection(official=True)) == ()


def test_overlapping_sections_do_not_cost_many_times_the_program(folder: Path) -> None:
    size = 8 << 20
    (folder / "a.mdb").write_text(f"*:{'0' * 32}:Any-1:73\n")
    sections = [(start, size) for start in range(100_000)]
    began = time.monotonic()
    answer = Database.open(folder).image.section_matches(
        Fmap.from_bytes(bytes(size)), sections, selection()
    )
    assert time.monotonic() - began < 60
    assert answer.problems == ("overlapping sections were not all hashed",)
    assert answer.matches == ()
