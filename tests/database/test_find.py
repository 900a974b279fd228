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
        ("f.pdb", 1),
    ]
    assert places(folder, "Found-1.UNOFFICIAL") == places(folder, "Found-1")
    assert places(folder, "Found-1-2") == [("a.hdb", 3)]
    assert places(folder, "Found-2") == [("e.ign2", 2)]
    for name in ("Found", "", ".UNOFFICIAL", "\n", "\nFound-1"):
        assert places(folder, name) == []


def test_names_are_those_that_are_reported(folder: Path) -> None:
    names = {found.name for found in find([folder], "Found-1")}
    assert names == {"Found-1.UNOFFICIAL", "Found-1"}
    plain = {found.file for found in find([folder], "Found-1") if found.name == "Found-1"}
    assert plain == {"e.ign2", "f.pdb"}
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


def _number(value: int) -> str:
    digits = f"{value:x}"[::-1] if value else ""
    return "".join(chr(0x60 + digit) for digit in (len(digits), *(int(c, 16) for c in digits)))


def _text(value: str) -> str:
    data = value.encode() + b"\0"
    digits = ((byte & 15, byte >> 4) for byte in data)
    return f"|{_number(len(data))}" + "".join(chr(0x60 + c) for pair in digits for c in pair)


def program(trigger: str, made: int = 86_400) -> str:
    """The beginning of a bytecode program, which is all that is shown."""
    numbers = map(_number, (0, 257, 51, 0, 0))
    head = f"ClamBC{_number(6)}{_number(made)}{_text('somebody')}{''.join(numbers)}{_text('cc')}"
    return f"{head}rest:99\n{trigger}\nTedd\n"


def test_a_program_is_found_by_each_of_its_names(tmp_path: Path) -> None:
    file = tmp_path / "a.cbc"
    file.write_text(program("BC.Some.{A,B};Engine:51-255,Target:1;0;4d5a"))
    for name in ("BC.Some", "BC.Some.A", "BC.Some.made-up"):
        (found,) = find([file], name)
        assert (found.name, found.line) == (name, 2)
    told = [(fact.label, fact.text, fact.note) for fact in found.facts]
    assert told[:4] == [
        ("program", "257", "unpacks Windows programs"),
        ("made", "1970-01-02", "by somebody"),
        ("levels", "51-", "engine levels 51 and up (this is 216)"),
        ("compiler", "cc", ""),
    ]
    assert [text for label, text, _note in told[4:7]] == ["BC.Some", "A", "B"]
    assert ("target", "1", "Windows programs (PE)") in told
    assert list(find([file], "BC.Som")) == list(find([file], "BC.Some-1")) == []


@pytest.mark.parametrize(
    "content", [program("BC.A", 1 << 63), "ClamBC|\nBC.A\n", "\nBC.A\n", program("BC.A")[:30]]
)
def test_a_damaged_program_is_shown_as_far_as_it_goes(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.cbc"
    file.write_text(content)
    for found in find([file], "BC.A"):
        assert found.facts


def test_a_digest_is_found_in_a_catalog(tmp_path: Path) -> None:
    digest = bytes(range(20))
    (tmp_path / "a.cat").write_bytes(b"\x30\x82...\x04\x14" + digest + b"\n\xff")
    (found,) = find([tmp_path], digest.hex())
    assert (found.name, found.line, found.file) == (digest.hex(), 0, "a.cat")
    assert list(find([tmp_path], digest.hex()[:-2])) == list(find([tmp_path], 40 * "a")) == []
