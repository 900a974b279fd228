"""nacre's clamdscan and Debian's, with the same daemon: the same lines and exit codes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from daemon.conversation import make_tree
from serving import EVIL, Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEER = ("/usr/bin/clamdscan",)
OURS = (
    sys.executable,
    "-c",
    "import sys; from nacre.cli.main import clamdscan; sys.exit(clamdscan())",
)
_VARYING = re.compile(r"^(Time|Start Date|End Date):.*$|fd\[\d+\]", re.MULTILINE)
_PROGRAM = re.compile(r"^/usr/bin/clamdscan:", re.MULTILINE)

Run = tuple[int, list[str], list[str]]


@pytest.fixture(scope="module", params=["ours", "peer"])
def daemon(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Daemon]:
    """Ours, then ClamAV's."""
    clamd = shutil.which("/usr/sbin/clamd")
    if clamd is None or shutil.which(PEER[0]) is None:
        pytest.skip("Debian's clamav-daemon and clamdscan are not installed")
    folder = tmp_path_factory.mktemp("clamd") / request.param
    settings = "ExcludePath /excluded$\n"
    if request.param == "ours":
        with Daemon(folder, settings) as daemon:
            yield daemon
    else:
        with Daemon(folder, settings + "User root\n", (clamd,)) as daemon:
            yield daemon


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("tree") / "root")
    (root / "excluded").write_bytes(EVIL)
    return root


def _run(program: tuple[str, ...], daemon: Daemon, *arguments: str, cwd: Path, given: str) -> Run:
    done = subprocess.run(
        [*program, "-c", str(daemon.folder / "clamd.conf"), *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd,
    )
    out, err = (
        _PROGRAM.sub("clamdscan:", _VARYING.sub("", text)) for text in (done.stdout, done.stderr)
    )
    # A name that ClamAV's daemon says several times is said once by ours.
    return done.returncode, sorted(dict.fromkeys(out.splitlines())), sorted(err.splitlines())


CASES: dict[str, list[str]] = {
    "no argument": [],
    "paths": ["evil", "clean", "below/../evil", "./below"],
    "missing": ["missing", "clean"],
    "only missing": ["missing"],
    "links": ["link", "dangling"],
    "FIFO": ["fifo"],
    "fdpass FIFO": ["--fdpass", "fifo", "clean"],
    "empty": ["empty"],
    "stream empty": ["--stream", "empty"],
    "infected": ["--infected", "evil", "clean"],
    "quiet": ["--quiet", "evil", "missing"],
    "no summary": ["--no-summary", "evil", "clean"],
    "multiscan": ["--multiscan", "."],
    "stream": ["--stream", "evil", "clean", "below"],
    "fdpass": ["--fdpass", "evil", "clean", "below"],
    "multiscan stream": ["-m", "--stream", "evil", "clean", "below"],
    "multiscan fdpass": ["-m", "--fdpass", "evil", "clean", "below"],
    "all match": ["-z", "--fdpass", "evil"],
    "stdin": ["-"],
    "stdout": ["--stdout", "missing"],
    "file list": ["--file-list=list", "--no-summary"],
    "file list and paths": ["--file-list=list", "evil"],
    "ping": ["--ping=2"],
    "reload": ["--reload"],
    "unknown option": ["--bogus"],
    "verbose": ["-v", "clean"],
}


@pytest.mark.parametrize("name", CASES)
def test_lines_and_exit_codes(daemon: Daemon, tree: Path, name: str) -> None:
    (tree / "list").write_text("evil\nclean\nmissing\n")
    ours, peer = (
        _run(program, daemon, *CASES[name], cwd=tree, given="nothing of interest")
        for program in (OURS, PEER)
    )
    assert ours == peer


@pytest.mark.parametrize("mode", [(), ("--fdpass",), ("--stream",), ("-m", "--fdpass")], ids=str)
@pytest.mark.parametrize("action", ["--remove", "--move", "--copy"])
def test_actions(daemon: Daemon, tmp_path: Path, mode: tuple[str, ...], action: str) -> None:
    runs: list[tuple[int, list[str], list[str], list[str]]] = []
    for program in (OURS, PEER):
        place = tmp_path / str(len(runs))
        (place / "quarantine").mkdir(parents=True)
        (place / "tree").mkdir()
        for name in ("one", "two"):
            (place / "tree" / name).write_bytes(EVIL)
        (place / "tree/clean").write_bytes(b"nothing of interest")
        option = action if action == "--remove" else f"{action}={place}/quarantine"
        arguments = [*mode, "--no-summary", option, str(place / "tree")]
        code, out, err = _run(program, daemon, *arguments, cwd=tmp_path, given="")
        out = [line.replace(str(place), "") for line in out]
        files = sorted(str(path.relative_to(place)) for path in place.rglob("*"))
        runs.append((code, out, err, files))
    assert runs[0] == runs[1]


def test_excluded_paths_are_left_out_in_every_mode(daemon: Daemon, tree: Path) -> None:
    """ClamAV's client scans them with --fdpass and --stream; nacre's does not."""
    for mode in ("--fdpass", "--stream", "--multiscan"):
        _code, out, _err = _run(OURS, daemon, mode, "--no-summary", ".", cwd=tree, given="")
        assert f"{tree}/evil: Evil.UNOFFICIAL FOUND" in out
        assert not any("excluded: Evil" in line for line in out)
        if mode == "--multiscan":
            continue  # the daemon says nothing of it
        _code, out, err = _run(OURS, daemon, mode, "--no-summary", "excluded", cwd=tree, given="")
        assert out == [f"{tree}/excluded: OK"]
        assert err == [f"WARNING: {tree}/excluded: Excluded, not scanned"]


def test_without_a_daemon(tmp_path: Path) -> None:
    if shutil.which(PEER[0]) is None:
        pytest.skip("Debian's clamdscan is not installed")
    (tmp_path / "clamd.conf").write_text(f"LocalSocket {tmp_path}/nothing\n")
    (tmp_path / "file").write_bytes(b"x" * 10)
    daemon = Daemon(tmp_path)
    for arguments in (["file"], ["--stream", "file"], ["--ping=2:0"], ["--reload"]):
        ours, peer = (
            _run(program, daemon, *arguments, cwd=tmp_path, given="") for program in (OURS, PEER)
        )
        assert ours == peer, arguments
