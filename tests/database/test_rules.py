"""YARA rules from their files to what they find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.database import Database
from nacre.matching import Facts, Selection, View
from nacre.model.filetype import Target
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"\0\1\0\1 hello world hello"


def found(
    database: Database, data: bytes = DATA, facts: Facts | None = None, whole: bytes | None = None
) -> list[str]:
    """The names of the rules that hold, without what all names have."""
    raw = None if whole is None else Fmap.from_bytes(whole)
    view = View(Target.ANY, len(data if whole is None else whole), facts=facts)
    selection = Selection(ScanOptions(all_match=True), Limits())
    answer = database.image.scan(Fmap.from_bytes(data), view, selection, raw)
    assert not answer.problems
    return [
        match.name.removeprefix("YARA.").removesuffix(".UNOFFICIAL") for match in answer.matches
    ]


def rule(name: str, condition: str, strings: str = '$a = "hello"') -> str:
    return f"rule {name} {{ strings: {strings} condition: {condition} }}\n"


def rules(folder: Path, *texts: str) -> Database:
    for number, text in enumerate(texts):
        (folder / f"{number}.yar").write_bytes(text.encode("latin-1"))
    return Database.open(folder, strict=True)


# In the style of public rule sets: what a dropper, a packed program and a web shell look like.
PUBLIC = r"""
import "pe"

private rule is_program : helper
{
    meta:
        author = "nacre"
        version = 2
    strings:
        $mz = "MZ"
    condition:
        $mz at 0 and uint32(uint32(0x3C)) == 0x00004550
}

/*
   Two of three strings and a size.
*/
rule Dropper_Generic : trojan dropper
{
    meta:
        description = "made up \"for\" tests"
        reference = "https://example.org/x?y=1&z"
        score = 70
        active = true
    strings:
        $s1 = "cmd.exe /c del" nocase wide ascii
        $s2 = "\\AppData\\Roaming\\" ascii // a path
        $s3 = /https?:\/\/[a-z0-9.]{4,40}\/gate\.php/
        $code = { 55 8B EC 83 E? [4-8] E8 ?? ?? ?? ?? 8B D8 (85 C0 | 3B C7) 74 }
    condition:
        is_program and filesize < 200KB and (2 of ($s*) or $code)
}

rule Webshell_Tiny
{
    strings:
        $php = "<?php"
        $eval = /eval\s*\(\s*\$_(GET|POST)/
    condition:
        $php in (0..100) and $eval and not is_program
}
"""
HEAD = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(100)


def test_rules_as_they_are_published(folder: Path) -> None:
    database = rules(folder, PUBLIC)
    path = b"\\AppData\\Roaming\\"
    command = "CMD.exe /c DEL".encode("utf-16-le")
    code = bytes.fromhex("558bec83e4 0102030405 e8aabbccdd 8bd8 3bc7 74")
    assert found(database, HEAD + path + command) == ["Dropper_Generic"]
    assert found(database, HEAD + path + b"http://evil.example/gate.php") == ["Dropper_Generic"]
    assert found(database, HEAD + code) == ["Dropper_Generic"]
    assert found(database, HEAD + path) == []
    assert found(database, HEAD + path + command + bytes(200 << 10)) == []
    assert found(database, b"\0" + path + command) == []
    assert found(database, b"\0\0<?php eval ( $_POST['x'])") == ["Webshell_Tiny"]
    assert found(database, HEAD + b"<?php eval($_GET") == []


def test_a_rule_that_cannot_be_used_is_told_and_left_out(folder: Path) -> None:
    database = rules(
        folder,
        rule("good", "$a")
        + rule("wrong", "$a and")
        + rule("short", "$a", '$a = "x"')
        + rule("wide", "$a", "$a = /x/ wide")
        + rule("regex", "$a", "$a = /(/")
        + "rule none { condition: true }\n"
        + rule("good", "$a")
        + rule("named", "$a and not short and not none"),
    )
    assert found(database) == ["good", "named"]
    (file,) = (file for file in database.record.files if file.name == "0.yar")
    assert (file.signatures, file.skipped, file.status) == (2, 0, "used")
    told = {line.line: line.reason for line in file.malformed}
    assert sorted(told) == [2, 3, 4, 5, 6, 7]
    assert told[2] == "column 54: '}' in the condition"
    assert told[3] == "rule short is left out: a text string shorter than 2 bytes"
    assert told[7] == "column 6: a second rule 'good'"


def test_private_rules_are_counted_but_not_found(folder: Path) -> None:
    database = rules(folder, "private " + rule("a", "$a") + rule("b", "$a and a"))
    assert found(database) == ["b"]
    assert database.signatures == 3


def test_names_are_those_of_all_files(folder: Path) -> None:
    database = rules(folder, rule("a", "$a"), rule("a", "not $a") + rule("b", "$a and a"))
    assert found(database) == ["a", "b"]


def test_rules_named_by_an_ignore_list(folder: Path) -> None:
    (folder / "x.ign2").write_text("b\nYARA.a\n")
    database = rules(folder, rule("a", "$a") + rule("b", "$a") + rule("c", "$a and not b"))
    assert found(database) == ["a", "c"]


def test_facts_and_the_raw_data(folder: Path) -> None:
    database = rules(
        folder,
        rule("entry", "$a at entrypoint")
        + rule("none", "$a and entrypoint == 0")
        + rule("raw", "$a and uint8(0) == 0x58 and filesize == 30"),
    )
    assert found(database) == ["none"]
    assert found(database, facts=Facts(entry_point=5)) == ["entry"]
    assert found(database, whole=b"X" * 30) == ["none", "raw"]


def test_a_condition_without_end_uses_the_budget_up(folder: Path) -> None:
    database = rules(folder, rule("a", "$a and for all i in (0..9223372036854775807) : (i >= 0)"))
    view = View(Target.ANY, len(DATA))
    selection = Selection(ScanOptions(), Limits(match_steps=100_000))
    answer = database.image.scan(Fmap.from_bytes(DATA), view, selection)
    assert (answer.matches, answer.problems) == ((), ("the matcher's step budget ran out",))


def test_a_hundred_rules_that_name_each_other(folder: Path) -> None:
    chain = rule("r0", "$a") + "".join(rule(f"r{n}", f"$a and r{n - 1}") for n in range(1, 100))
    database = rules(folder, chain)
    assert found(database) == [f"r{number}" for number in range(33)]
