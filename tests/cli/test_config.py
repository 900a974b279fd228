"""`nacre config check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nacre.cli.main import nacre

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEXT = """\
LocalSocket /run/clamd.ctl
ScanOnAccess yes
Nonsense 1
Bytecode yes
VirusEvent /bin/echo %v
"""


def test_it_names_every_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "clamd.conf"
    file.write_text(TEXT)
    assert nacre(["config", "check", str(file)]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{file}:3: error: Unknown option Nonsense"
    assert lines[1].startswith(f"{file}:5: error: VirusEvent: '%'")
    assert lines[2] == f"{file}:2: Ignoring deprecated option ScanOnAccess"
    assert lines[3].startswith(f"{file}:4: Bytecode has no effect here: ")
    assert len(lines) == 4


def test_a_good_file_is_ok(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (
        ("clamd.conf", "TCPSocket 3310\n"),
        ("freshclam.conf", "DatabaseMirror db.example.org\nChecks 24\n"),
        ("nacre.conf", f"Strict yes\nYaraRules {tmp_path}\n"),
    ):
        (tmp_path / name).write_text(text)
        assert nacre(["config", "check", str(tmp_path / name)]) == 0
        assert capsys.readouterr().out == f"{tmp_path / name}: OK\n"


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other"
    file.write_text(TEXT)
    assert nacre(["config", "check", "--kind", "clamd", "--format", "json", str(file)]) == 2
    (report,) = json.loads(capsys.readouterr().out)
    assert [problem["line"] for problem in report["problems"]] == [3, 5]
    assert [note["line"] for note in report["without_effect"]] == [2, 4]
    assert report["ok"] is False


def test_files_that_cannot_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nacre(["config", "check", str(tmp_path / "clamd.conf")]) == 2
    assert capsys.readouterr().out.endswith("clamd.conf: error: No such file or directory\n")
    assert nacre(["config", "check", str(tmp_path / "what")]) == 2
    assert "which program" in capsys.readouterr().err


def test_what_could_be_written_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "clamd.conf"
    file.write_text("TCPSocket 3310\nOLE2BlockMacros yes\nMaxThreads 3\nMaxThreads 4\n")
    assert nacre(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:2: OLE2BlockMacros is another spelling of AlertOLE2Macros",
        f"{file}:4: MaxThreads was set before, and the first value counts",
        f"{file}: OK",
    ]


def test_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nacre.conf"
    file.write_text(
        f"YaraRules {tmp_path}\nYaraRules /nowhere/rules\nDatabaseDirectory /nowhere/d\n"
    )
    assert nacre(["config", "check", str(file)]) == 2
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:2: error: YaraRules: No such file or directory: /nowhere/rules",
        f"{file}:3: error: No such file or directory: /nowhere/d",
    ]
