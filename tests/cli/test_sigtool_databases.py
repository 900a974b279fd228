"""sigtool's work on containers, without ClamAV beside it."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.cli.main import sigtool
from nacre.cli.sigtool.containers import information
from nacre.config.command_line import parse
from nacre.config.option import Program
from nacre.cvd import Container

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def container(path: Path, member: str) -> Path:
    """One without signature that has a member of this name."""
    line = feeds.header(1).line()
    digest = hashlib.sha256(b"x").hexdigest()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in (("t.info", f"{line}\n{member}:1:{digest}\n".encode()), (member, b"x")):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    path.write_bytes(line.encode().ljust(512) + gzip.compress(out.getvalue()))
    return path


def test_information_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = feeds.database(tmp_path / "daily.cvd", 7)
    settings = parse(Program.SIGTOOL, "sigtool", ["--info", str(path)]).settings
    assert information("info", settings, (), feeds.KEYS) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1:6] == [
        "Build time: 14 Nov 2023 22:13 +0000",
        "Version: 7",
        "Signatures: 6",
        "Functionality level: 90",
        "Builder: tester",
    ]
    assert out[-1] == "Verification OK."
    assert sigtool(["--info", str(path)]) == 1
    assert "Verification: " in capsys.readouterr().err


@pytest.mark.parametrize("member", ["../x.ndb", ".bashrc", "-rf", "/etc/x", "a b", "..", "x\x1b"])
def test_members_stay_in_the_folder(
    tmp_path: Path, folder: Path, member: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = container(tmp_path / "t.cud", member)
    assert sigtool(["--unpack", str(path)]) == 1
    assert "is not a valid CVD" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_members_replace_what_is_there_and_not_what_it_points_to(
    tmp_path: Path, folder: Path
) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (folder / "t.ndb").symlink_to(tmp_path / "precious")
    assert sigtool(["--unpack", str(container(tmp_path / "t.cud", "t.ndb"))]) == 0
    assert (folder / "t.ndb").read_bytes() == b"x"
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert sorted(path.name for path in folder.iterdir()) == ["t.info", "t.ndb"]


def test_a_database_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    assert sigtool(["--unpack-current", "daily", f"--datadir={tmp_path}/none"]) == 1
    assert "Couldn't find daily CLD/CVD" in capsys.readouterr().err


def test_a_script_that_does_not_lead_there_is_put_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (container(tmp_path / name, "t.ndb") for name in ("old.cud", "new.cud"))
    raw = new.read_bytes()
    body = gzip.decompress(raw[512:]).replace(b":1:1:90:", b":2:1:90:")
    new.write_bytes(raw[:512].replace(b":1:1:90:", b":2:1:90:") + gzip.compress(body))
    assert sigtool(["--diff", str(old), str(new)]) == 1
    assert "renamed to" in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob("*script*")] == ["new-2.script.broken"]


@pytest.mark.parametrize(
    ("words", "members", "count"),
    [
        (("own.cud",), ["COPYING", "own.info", "own.hdb", "own.ndb"], 2),
        (
            ("own.cud", "--hybrid"),
            ["COPYING", "own.info", "own.hdb", "own.ndb", "123.cbc", "last.hdb"],
            4,
        ),
        (("bytecode.cud",), ["COPYING", "bytecode.info", "123.cbc", "last.hdb"], 2),
    ],
)
def test_what_goes_into_a_container(
    folder: Path,
    words: tuple[str, ...],
    members: list[str],
    count: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGNDUSER", "tester")
    digest = "4" * 32
    for name, text in {
        "COPYING": "free\n",
        "own.ndb": "a:0:*:414141",
        "own.hdb": f"{digest}:68:b\n",
        "own.yara": "rule x { condition: true }\n",
        "other.ndb": "c:0:*:424242\n",
        "last.hdb": f"{digest}:69:d\n",
        "123.cbc": "ClamBC\n",
        "x y.cbc": "ClamBC\n",
    }.items():
        (folder / name).write_text(text)
    build = ("--unsigned", "--cvd-version=9", "--datadir=.", "--flevel=77")
    assert sigtool([f"--build={words[0]}", *build, *words[1:]]) == 0
    container = Container.open(folder / words[0])
    assert [member.name for member in container.unchecked()] == members
    header = container.header
    assert (header.version, header.signatures, header.level) == (9, count, 77)
    assert (header.builder, header.signature) == ("tester", "X")
    assert header.md5 == container.body_md5()
    assert set(container.info().digests) == set(members) - {"COPYING", members[1]}
    assert not container.info().signed
