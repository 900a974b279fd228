from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nacre.database import compiler
from nacre.database.find import find

if TYPE_CHECKING:
    from pathlib import Path

MD5 = "d23e77e8c92f3b7555c772646cdbba96"
RULES = """\
/* rule Hidden is only in a comment { */
rule First : tag {
  strings:
    $a = "abc }"
  condition:
    $a
}
private rule Second { condition: First }
rule Third
{
  condition: Second
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = {
        "a.hdb": [f"{MD5}:5:Found-1", "# :Found-1", f"{MD5}:6:Found-1-2", "junk:5:Found-1:73"],
        "b.mdb": [f"512:{MD5}:Found-1"],
        "c.ndb": ["Found-1:1:*:414243", "Other-1:0:*:466f756e642d31", "Found-1 (Clam):0:0:4142"],
        "d.ldb": ["Found-1;Target:0;0;414243;41"],
        "e.ign2": ["Found-1", f"Found-2:{MD5}"],
        "f.pdb": ["H:Found-1"],
    }
    for name, content in lines.items():
        (tmp_path / name).write_text("\n".join(content) + "\n")
    (tmp_path / "g.yar").write_text(RULES)
    return tmp_path


def places(folder: Path, name: str) -> list[tuple[str, int]]:
    return [(found.file, found.line) for found in find([folder], name)]


def test_every_signature_of_a_name_is_found_where_it_stands(folder: Path) -> None:
    assert places(folder, "Found-1") == [
        ("e.ign2", 1),
        ("a.hdb", 1),
        ("a.hdb", 4),
        ("b.mdb", 1),
        ("c.ndb", 1),
        ("c.ndb", 3),
        ("d.ldb", 1),
    ]
    assert places(folder, "Found-1.UNOFFICIAL") == places(folder, "Found-1")
    assert places(folder, "Found-1-2") == [("a.hdb", 3)]
    assert places(folder, "Found-2") == [("e.ign2", 2)]
    for name in ("Found", "", ".UNOFFICIAL", "\n", "\nFound-1"):
        assert places(folder, name) == []


def test_names_are_those_that_are_reported(folder: Path) -> None:
    names = {found.name for found in find([folder], "Found-1") if found.file != "e.ign2"}
    assert names == {"Found-1.UNOFFICIAL"}
    assert [found.name for found in find([folder], "Found-2")] == ["Found-2"]


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 20])
def test_lines_are_found_however_they_are_read(
    folder: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = places(folder, "Found-1"), places(folder, "Third")
    monkeypatch.setattr(compiler, "CHUNK", chunk)
    assert (places(folder, "Found-1"), places(folder, "Third")) == whole


def test_rules_are_found_with_and_without_prefix(folder: Path) -> None:
    (first,) = find([folder], "YARA.First.UNOFFICIAL")
    assert (first.name, first.line) == ("YARA.First.UNOFFICIAL", 2)
    assert [fact.text for fact in first.facts] == RULES.splitlines()[1:7]
    (second,) = find([folder], "Second")
    assert [fact.text for fact in second.facts] == ["private rule Second { condition: First }"]
    assert places(folder, "Third") == [("g.yar", 9)]
    assert places(folder, "Hidden") == []


def test_a_line_without_end_costs_no_memory(folder: Path) -> None:
    (folder / "z.ndb").write_bytes(b"A" * (3 << 20) + b"\nLast-1:0:*:414243")
    assert places(folder, "Last-1") == [("z.ndb", 2)]
