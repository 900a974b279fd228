from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from nacre.cli.main import nacre

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = tmp_path / "db"
    made.mkdir(mode=0o755)
    (made / "a.hdb").write_text("d23e77e8c92f3b7555c772646cdbba96:5:A\njunk\n")
    (made / "b.cdb").write_text("A:*:*:*:*:*:*:*:*:*\n")
    (made / "c.hdu").write_text("d23e77e8c92f3b7555c772646cdbba96:5:PUA.A.B-1:300\n")
    return made


def test_a_database_is_compiled_shown_and_verified(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nacre(["db", "verify", str(folder)]) == 1
    assert "no current image" in capsys.readouterr().out
    assert nacre(["db", "compile", str(folder)]) == 0
    compiled = capsys.readouterr().out
    assert "warning: a.hdb:2: too few fields" in compiled
    assert f"2 signatures compiled into {folder}/.nacre/" in compiled
    assert nacre(["db", "info", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[:-1] == [
        f"{folder}: unofficial files",
        "  file                   type                   signatures  skipped  malformed  state",
        "  a.hdb                  hash of a file                  1        0          1  used",
        "  b.cdb                  member of a container           1        0          0  used",
        (
            "  c.hdu                  hash of a file                  0        1          0  "
            "used (PUA)"
        ),
        "All together",
        "  type                                          signatures  skipped  malformed  state",
        "  hash of a file         2 files                         1        1          1  used",
        "  member of a container  1 file                          1        0          0  used",
    ]
    assert nacre(["db", "info", "-d", str(folder)]) == 0
    assert capsys.readouterr().out == shown, "the database may be named as for a scan"
    assert nacre(["db", "verify", str(folder)]) == 0
    assert "current and complete" in capsys.readouterr().out


def test_counts_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nacre(["db", "info", "--format", "json", str(folder)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["schema"], shown["signatures"]) == (1, 2)
    assert shown["image"]["path"].startswith(f"{folder}/.nacre/")
    assert shown["types"][0] == {
        "type": "hash of a file",
        "state": "used",
        "files": 2,
        "signatures": 1,
        "skipped": 1,
        "malformed": 1,
    }
    (file,) = shown["sources"][2]["files"]
    assert (file["name"], file["pua"], file["skipped"]) == ("c.hdu", True, 1)


def test_a_missing_database_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nacre(["db", "info", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"nacre: No such file or directory: {tmp_path / 'none'}\n"
