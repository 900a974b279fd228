"""clamonacc as a process, with a clamd of ours (and of ClamAV's in the comparison)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from guarding import denied, timed
from serving import EVIL, OURS, Daemon, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = "import sys; from nacre.cli.main import clamonacc; sys.exit(clamonacc())"
CLEAN = b"nothing in here but words\n"


@contextlib.contextmanager
def watching(daemon: Daemon, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A clamonacc in the foreground, which protects."""
    log = daemon.folder / "clamonacc.log"
    command = [sys.executable, "-c", PROGRAM, "-c", str(daemon.folder / "clamd.conf"), "-F"]
    with subprocess.Popen(
        [*command, f"--log={log}", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            until(lambda: process.poll() is not None or "is protected" in _text(log))
            assert process.poll() is None, process.stdout and process.stdout.read()
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.fixture
def daemon(disk: Path, tmp_path: Path) -> Iterator[Daemon]:
    tmp_path.chmod(0o755)
    (disk / "p").mkdir()
    settings = f"OnAccessIncludePath {disk}/p\nOnAccessPrevention yes\nOnAccessExcludeUID 12345\n"
    with Daemon(tmp_path / "d", settings, OURS) as made:
        yield made


@pytest.mark.parametrize("how", ["--fdpass", "--stream", "--wait"])
def test_what_alerts_cannot_be_opened(daemon: Daemon, disk: Path, how: str) -> None:
    with watching(daemon, how):
        evil, clean = disk / "p/evil", disk / "p/clean"
        evil.write_bytes(EVIL)
        clean.write_bytes(CLEAN)
        assert denied(evil)
        assert clean.read_bytes() == CLEAN
    assert f"{evil}: Evil.UNOFFICIAL FOUND" in (daemon.folder / "clamonacc.log").read_text()
    assert not denied(evil)


def test_a_clamd_that_hangs_or_is_gone_keeps_nobody_waiting(daemon: Daemon, disk: Path) -> None:
    with watching(daemon, "--fdpass"):
        path = disk / "p/file"
        path.write_bytes(CLEAN)
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            refused, seconds = timed(path)
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        assert not refused
        assert 1 < seconds < 10
        daemon.process.kill()
        daemon.process.wait(20)
        other = disk / "p/other"
        other.write_bytes(EVIL)
        assert not denied(other)  # OnAccessDenyOnError is off


def test_without_a_clamd_and_with_denial(daemon: Daemon, disk: Path) -> None:
    config = daemon.folder / "clamd.conf"
    config.write_text(config.read_text() + "OnAccessDenyOnError yes\n")
    with watching(daemon, "--fdpass"):
        daemon.process.kill()
        daemon.process.wait(20)
        path = disk / "p/file"
        path.write_bytes(CLEAN)
        assert denied(path)


def test_what_alerts_is_moved(daemon: Daemon, disk: Path) -> None:
    away = disk / "away"
    away.mkdir()
    with watching(daemon, "--fdpass", f"--move={away}"):
        evil = disk / "p/evil"
        evil.write_bytes(EVIL)
        assert denied(evil)
        until(lambda: (away / "evil").exists() and not evil.exists())
    assert f"{evil}: moved to '{away}/evil'" in (daemon.folder / "clamonacc.log").read_text()


def test_in_the_background_it_returns_when_it_protects(daemon: Daemon, disk: Path) -> None:
    evil = disk / "p/evil"
    evil.write_bytes(EVIL)
    config = str(daemon.folder / "clamd.conf")
    command = [sys.executable, "-c", PROGRAM, "-c", config, "--fdpass"]
    try:
        assert subprocess.run(command, check=False, timeout=60).returncode == 0
        assert denied(evil)  # at once
    finally:
        subprocess.run(["pkill", "-f", f"{config} --fdpass"], check=False)
    until(lambda: not denied(evil))
    daemon.process.kill()
    daemon.process.wait(20)
    assert subprocess.run(command, check=False, timeout=60).returncode == 2


def test_lists_of_paths(daemon: Daemon, disk: Path, tmp_path: Path) -> None:
    for name in ("more", "p/less"):
        (disk / name).mkdir()
        (disk / name / "evil").write_bytes(EVIL)
    (tmp_path / "watch").write_text(f"{disk}/more\n\n")
    (tmp_path / "exclude").write_text(f"{disk}/p/less\n")
    with watching(daemon, "--fdpass", f"-W{tmp_path}/watch", f"-e{tmp_path}/exclude"):
        assert denied(disk / "more/evil")
        assert not denied(disk / "p/less/evil")


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        ((), "LocalSocket /s\n", "needs OnAccessIncludePath or OnAccessMountPath"),
        ((), "OnAccessIncludePath /\n", "neither LocalSocket nor TCPSocket"),
        ((), "LocalSocket /s\nOnAccessIncludePath relative\n", "clamd.conf:2: relative: not an"),
        ((), "LocalSocket /s\nOnAccessIncludePath /nothing\n", "clamd.conf:2: /nothing: not a"),
        (
            (),
            "LocalSocket /s\nOnAccessIncludePath /\nOnAccessExcludeUname nobody-here\n",
            "clamd.conf:3: OnAccessExcludeUname: no user nobody-here",
        ),
        (
            (),
            "LocalSocket /s\nOnAccessIncludePath /\nOnAccessExcludePath (\n",
            "clamd.conf:3: OnAccessExcludePath: ",
        ),
        (("-W/nothing",), "LocalSocket /s\nOnAccessIncludePath /\n", "/nothing: No such file"),
        (("--nothing",), "", "unrecognized option"),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, words: tuple[str, ...], settings: str, said: str
) -> None:
    config = tmp_path / "clamd.conf"
    config.write_text(settings)
    command = [sys.executable, "-c", PROGRAM, "-c", str(config), "-F", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_clamd_that_is_not_there(tmp_path: Path) -> None:
    config = tmp_path / "clamd.conf"
    config.write_text(f"LocalSocket {tmp_path}/nothing\nOnAccessIncludePath {tmp_path}\n")
    command = [sys.executable, "-c", PROGRAM, "-c", str(config)]
    done = subprocess.run([*command, "--ping=2:1"], capture_output=True, text=True, check=False)
    assert done.returncode == 21
    assert done.stdout.endswith("PING timeout exceeded; No response from clamd\n")
    if os.geteuid() == 0:
        began = time.monotonic()
        done = subprocess.run([*command, "-F"], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "Could not connect to clamd" in done.stderr
        assert time.monotonic() - began < 60
