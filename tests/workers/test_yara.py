"""YARA rules in their own processes: which files, what is used, and what a crash costs."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from compound import Tree, compound_file, vba_storage
from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.errors import ConfigError, DatabaseError
from nacre.model.fmap import Fmap
from nacre.model.options import ScanOptions
from nacre.workers.yara import YaraRules
from nacre.workers.yara.source import Piece, Trouble, Unit, read_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.engine.rules import RuleAnswer

needs_yara = pytest.mark.skipif(
    find_spec("yara_x") is None,
    reason="yara-x is not installed: pip install 'nacre[yara]'",
)

EVIL = 'rule Evil { strings: $a = "EVIL" condition: $a }\n'
ENDLESS = """
rule Endless {
    condition:
        uint32be(0) == 0x534c4f57 and for any x in (1..1000000000000): (x * x == 7 - filesize)
}
"""


def units(folder: Path, *names: str) -> list[tuple[str, list[Piece | Trouble]]]:
    read = read_units([str(folder / name) for name in names] or [str(folder)])
    return [(Path(unit.namespace).name, unit.parts) for unit in read]


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        folder.joinpath(f"{name}.yar").write_text(text)
    return folder


def test_a_folder_gives_its_rule_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.YARA").write_text("b")
    (tmp_path / "readme.txt").write_text("no")
    write(tmp_path, a="a")
    found = [(name, [part[1] for part in parts]) for name, parts in units(tmp_path)]
    assert found == [("a.yar", ["a"]), ("b.YARA", ["b"])]


def test_included_rules_come_where_they_are_included_and_once(tmp_path: Path) -> None:
    write(tmp_path, a="A", b='include "a.yar"\nB', z='// include "no.yar"\ninclude "b.yar"\nZ')
    ((name, parts),) = units(tmp_path)
    assert name == "z.yar"
    texts = [(Path(part[0]).name, part[1]) for part in parts]
    assert texts == [
        ("z.yar", '// include "no.yar"\n'),
        ("b.yar", ""),
        ("a.yar", "A"),
        ("b.yar", "\nB"),
        ("z.yar", "\n\nZ"),
    ]


def test_rings_of_includes_end(tmp_path: Path) -> None:
    write(tmp_path, a='include "b.yar"\nA', b='include "a.yar"\nB')
    assert [name for name, _parts in units(tmp_path)] == ["a.yar"]


@pytest.mark.parametrize(
    ("include", "reason"),
    [
        ("../outside.yar", "outside of"),
        ("/etc/passwd", "outside of"),
        ("link.yar", "outside of"),
        ("none.yar", "no such file"),
        (".", "no such file"),
    ],
)
def test_includes_stay_in_the_folder(tmp_path: Path, include: str, reason: str) -> None:
    inside = tmp_path / "rules"
    inside.mkdir()
    (tmp_path / "outside.yar").write_text("secret")
    (inside / "link.yar").symlink_to(tmp_path / "outside.yar")
    write(inside, index=f'\ninclude "{include}"\n')
    ((_name, parts),) = units(inside, "index.yar")
    (trouble,) = (part for part in parts if isinstance(part, Trouble))
    assert trouble.line == 2
    assert f"include of {include}: {reason}" in str(trouble)


def test_a_file_that_is_no_text_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yar"
    path.write_bytes(b"rule a {\n// \xe9\n}")
    assert list(read_units([str(path)])) == [
        Unit(str(path), [Trouble(str(path), 0, "line 2 is not UTF-8 text")], set())
    ]


def test_without_yara_x_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nacre.workers.yara.rules.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"pip install 'nacre\[yara\]'"):
        YaraRules.open([tmp_path])


@pytest.fixture
def database(tmp_path: Path) -> Database:
    path = tmp_path / "db.ndb"
    path.write_text(f"Other:0:*:{b'nothing of the kind'.hex()}\n")
    return Database.open([path])


def scanner(database: Database, rules: YaraRules, *, all_match: bool = False) -> Scanner:
    return Scanner(database, ScanOptions(strict=True, all_match=all_match), rules=rules)


@needs_yara
def test_the_whole_language_in_every_layer(tmp_path: Path, database: Database) -> None:
    write(
        tmp_path,
        a=EVIL,
        b="""import "hash" import "math" global rule Small { condition: filesize < 10MB }
        rule Evil { condition: uint16be(0) == 0x4556 and math.entropy(0, filesize) < 8.0 }
        private rule Hidden { condition: true }
        rule Hash { condition: Hidden and hash.md5(0, 4) == "afa163df98d77b5c12cf9ec12ffc9b3a" }
        """,
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("evil.txt", b"EVIL" * 50)
        file.writestr("clean.txt", b"harmless" * 50)
    with YaraRules.open([tmp_path]) as rules:
        assert (rules.count, rules.troubles) == (5, ())
        report = scanner(database, rules, all_match=True).scan_bytes(buffer.getvalue())
    found = [alert.name for alert in report.alerts if alert.member == ("evil.txt",)]
    assert sorted(set(found)) == [
        "YARA.Evil.UNOFFICIAL",
        "YARA.Small.UNOFFICIAL",
    ]
    assert "yara_x" not in sys.modules


@needs_yara
def test_the_text_of_macros(tmp_path: Path, database: Database) -> None:
    """It stands nowhere in the file as it is."""
    sample = Path(__file__).parents[2] / "samples" / "document" / "ole2" / "macros.in"
    text = b"' first module\r\n' second line of it\r\n"
    tree: Tree = {"Macros": {"VBA": vba_storage({"Module1": b"Attribute VB_Name\r\n" + text * 9})}}
    write(tmp_path, a='rule Text { strings: $a = "line of it\\r\\n\' first module" condition: $a }')
    with YaraRules.open([tmp_path]) as rules:
        found = scanner(database, rules)
        report = found.scan_bytes(compound_file(tree))
        assert [alert.name for alert in report.alerts] == ["YARA.Text.UNOFFICIAL"]
        assert not found.scan_bytes(sample.read_bytes()).alerts


@needs_yara
def test_bad_rules_are_named_and_the_others_used(tmp_path: Path, database: Database) -> None:
    write(tmp_path, a=f'import "nope"\n{EVIL}rule B {{ condition: $b }}\nrule C {{ cond }}\n')
    with YaraRules.open([tmp_path / "a.yar"]) as rules:
        lines = [str(trouble) for trouble in rules.troubles]
        assert [line.split(": ")[1] for line in lines] == ["line 1", "line 3", "line 4"]
        assert (
            lines[0] == f"{tmp_path}/a.yar: line 1: unknown module `nope`: module `nope` not found"
        )
        report = scanner(database, rules).scan_bytes(b"..EVIL..")
    assert [alert.name for alert in report.alerts] == ["YARA.Evil.UNOFFICIAL"]


@needs_yara
@pytest.mark.parametrize("text", ["", "rule a { condition: b }"])
def test_no_usable_rule_is_an_error(tmp_path: Path, text: str) -> None:
    write(tmp_path, a=text)
    with pytest.raises(DatabaseError, match="no usable YARA rule in"):
        YaraRules.open([tmp_path])
    with pytest.raises(DatabaseError, match="no such file or folder"):
        YaraRules.open([tmp_path / "none"])


@needs_yara
def test_a_layer_that_takes_too_long_is_a_problem(tmp_path: Path, database: Database) -> None:
    write(tmp_path, a=EVIL + ENDLESS)
    with YaraRules.open([tmp_path]) as rules:
        rules.layer_seconds = 1.0
        asked = scanner(database, rules)
        (incident,) = asked.scan_bytes(b"SLOW EVIL").incidents
        assert incident.reason == "YARA rules: stopped after 1 seconds"
        assert asked.scan_bytes(b"EVIL......").alerts


@needs_yara
def test_a_killed_process_costs_one_layer(tmp_path: Path, database: Database) -> None:
    write(tmp_path, a=EVIL + ENDLESS)
    with YaraRules.open([tmp_path]) as rules:
        asked = scanner(database, rules)
        killer = Thread(target=_kill_child, args=(rules._keeper.pid,))
        killer.start()
        (incident,) = asked.scan_bytes(b"SLOW......").incidents
        killer.join()
        assert incident.reason == "YARA rules: the process died"
        assert asked.scan_bytes(b"EVIL......").alerts


def _kill_child(parent: int) -> None:
    while not (children := _children(parent)):
        time.sleep(0.01)
    time.sleep(0.1)
    os.kill(children[0], signal.SIGKILL)


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in text.split()]


@needs_yara
@pytest.mark.parametrize("end", [YaraRules.close, lambda rules: rules._control.close()])
def test_nobody_goes_on_when_the_scanner_is_gone(
    tmp_path: Path, end: Callable[[YaraRules], None]
) -> None:
    write(tmp_path, a=ENDLESS)
    with YaraRules.open([tmp_path]) as rules:
        answers: list[RuleAnswer] = []
        data = Fmap.from_bytes(b"SLOW......")
        asking = Thread(target=lambda: answers.append(rules.match(data, 60)))
        asking.start()
        keeper = rules._keeper.pid
        while not _children(keeper):
            time.sleep(0.01)
        end(rules)
        asking.join(10)
        assert [answer.problem for answer in answers] == ["YARA rules: the process died"]


@needs_yara
def test_without_its_keeper_a_layer_is_not_called_clean(tmp_path: Path) -> None:
    write(tmp_path, a=EVIL)
    with YaraRules.open([tmp_path]) as rules:
        rules._keeper.kill()
        rules._keeper.wait()
        answer = rules.match(Fmap.from_bytes(b"EVIL"), 10)
    assert not answer.names
    assert "no process to match them" in (answer.problem or "")


@needs_yara
def test_a_forked_process_and_threads_have_their_own(tmp_path: Path) -> None:
    write(tmp_path, a=EVIL)
    data = Fmap.from_bytes(b"." * (3 << 20) + b"EVIL")
    with YaraRules.open([tmp_path]) as rules:
        assert rules.match(data, 10).names
        pid = os.fork()
        if not pid:
            os._exit(len(rules.match(data, 10).names))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
        counts: list[int] = []
        ask = lambda: counts.append(len(rules.match(data, 10).names))  # noqa: E731
        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts == [1, 1, 1, 1]
        keeper = rules._keeper.pid
    assert not Path(f"/proc/{keeper}").exists()


@needs_yara
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nacre_scan(tmp_path: Path, jobs: str) -> None:
    write(tmp_path, a=EVIL + "rule Bad { condition: b }")
    tree = tmp_path / "tree"
    tree.mkdir()
    for name, data in {"evil": b"..EVIL..", "clean": b"harmless", "more": b"EVIL EVIL"}.items():
        (tree / name).write_bytes(data)
    command = [sys.executable, "-m", "nacre.cli.main", "scan", f"-j{jobs}", "--yara", "a.yar"]
    done = subprocess.run(
        [*command, "tree"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert "nacre: warning: a.yar: line 2: unknown identifier `b`" in done.stderr
    assert sorted(done.stdout.splitlines()[:2]) == [
        "tree/evil: ALERT YARA.Evil.UNOFFICIAL",
        "tree/more: ALERT YARA.Evil.UNOFFICIAL",
    ]
    assert done.returncode == 1
