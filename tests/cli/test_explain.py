from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nacre.cli.main import nacre

if TYPE_CHECKING:
    from pathlib import Path

MD5 = "d23e77e8c92f3b7555c772646cdbba96"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.hdb").write_text(f"# comment\n{MD5}:5:A-1\n")
    (tmp_path / "a.ldb").write_text("A-1;Target:1;0;414243/\\d\x1b/;41\nB-1;Target:0;0;0/a\\d/i\n")
    return tmp_path


def test_every_signature_of_the_name_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nacre(["explain", "A-1.UNOFFICIAL", str(folder)]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.splitlines() == [
        "A-1.UNOFFICIAL",
        f"  where  {folder}/a.hdb, line 2 (unofficial)",
        "  what   hash of a file (.hdb)",
        f"  hash   {MD5}  MD5",
        "  size   5                                 bytes of the file",
    ]
    assert "\x1b" not in second
    assert "\\x1b" in second


def test_regexes_keep_their_backslashes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nacre(["explain", "B-1", str(folder)]) == 0
    assert "/a\\d/i" in capsys.readouterr().out


def test_what_is_built_in_is_known(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert nacre(["explain", "Eicar-Test-Signature", str(folder)]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("name", ["Nothing", "A", "A-1\x1b", ""])
def test_an_unknown_name_is_one_line(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nacre(["explain", name, str(folder)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    shown = name.replace("\x1b", "\\x1b")
    assert captured.err == f"nacre: no signature {shown} in {folder}\n"


def test_a_missing_path_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nacre(["explain", "A-1", str(folder / "none")]) == 2
    assert capsys.readouterr().err == f"nacre: No such file or directory: {folder / 'none'}\n"
