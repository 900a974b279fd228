"""ClamAV's clamdscan and clamdtop against both daemons: they must not notice."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from compat.clients.recording import Recorder
    from serving import Daemon

pytestmark = pytest.mark.enable_socket
CLAMDSCAN = "/usr/bin/clamdscan"
CLAMDTOP = "/usr/bin/clamdtop"
_VARYING = re.compile(r"^(Time|Start Date|End Date):.*$", re.MULTILINE)


def _clamdscan(daemon: Daemon, *arguments: str, cwd: Path | None = None) -> tuple[int, list[str]]:
    done = subprocess.run(
        [CLAMDSCAN, "-c", str(daemon.folder / "clamd.conf"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd,
    )
    lines = _VARYING.sub("", done.stdout + done.stderr).splitlines()
    return done.returncode, sorted(dict.fromkeys(lines))


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--fdpass",),
        ("--stream",),
        ("--multiscan",),
        ("--multiscan", "--fdpass"),
        ("--multiscan", "--stream"),
        ("--allmatch",),
        ("--allmatch", "--fdpass"),
        ("--infected", "--stream"),
        ("--no-summary", "--verbose"),
        ("--quiet",),
    ],
    ids=" ".join,
)
def test_clamdscan(daemons: tuple[Daemon, Daemon], tree: Path, options: tuple[str, ...]) -> None:
    arguments = [str(tree), *(str(tree / name) for name in ("evil", "clean", "missing"))]
    ours, peer = (_clamdscan(daemon, *options, *arguments) for daemon in daemons)
    assert ours == peer


@pytest.mark.parametrize("mode", ["--fdpass", "--stream", "--multiscan"])
def test_what_clamdscan_sends(
    daemons: tuple[Daemon, Daemon], recorder: Recorder, tree: Path, mode: str
) -> None:
    settings = recorder.path.parent / "clamd.conf"
    settings.write_text(f"LocalSocket {recorder.path}\n")
    files = [str(tree / name) for name in ("evil", "clean")]
    answers = []
    for path in (settings, daemons[0].folder / "clamd.conf"):
        command = [CLAMDSCAN, "-c", str(path), mode, "--no-summary", *files]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        answers.append((done.returncode, sorted(done.stdout.splitlines())))
    assert answers[0] == answers[1]
    assert answers[0][0] == 1
    assert recorder.conversations


@pytest.mark.parametrize("option", ["--ping=3", "--reload", "--wait"])
def test_clamdscan_asks(daemons: tuple[Daemon, Daemon], tree: Path, option: str) -> None:
    # What is not only asked scans the current directory.
    ours, peer = (_clamdscan(daemon, option, cwd=tree) for daemon in daemons)
    assert ours == peer


def test_clamdscan_tells_the_version(daemons: tuple[Daemon, Daemon]) -> None:
    code, lines = _clamdscan(daemons[0], "--version")
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith("ClamAV 1.")


def test_clamdtop_shows_it(daemons: tuple[Daemon, Daemon]) -> None:
    if shutil.which(CLAMDTOP) is None:
        pytest.skip("Debian's clamdtop is not installed")
    screen = _screen([CLAMDTOP, "-c", str(daemons[0].folder / "clamd.conf")])
    assert "ClamAV" in screen
    assert "PRIMARY" in screen or "live" in screen.lower()


def test_our_clamdtop_shows_theirs(daemons: tuple[Daemon, Daemon]) -> None:
    program = "import sys; from nacre.cli.main import clamdtop; sys.exit(clamdtop())"
    command = [sys.executable, "-c", program, *(daemon.path for daemon in daemons)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.count(" VALID ") == 2
    assert "ClamAV 1.4" in done.stdout


def _screen(argv: list[str]) -> str:
    """What a program shows in three seconds on a terminal."""
    pid, terminal = pty.fork()
    if not pid:
        os.environ["TERM"] = "xterm"
        os.execvp(argv[0], argv)  # noqa: S606 - a terminal of its own
    shown = b""
    ending = time.monotonic() + 3
    try:
        while time.monotonic() < ending:
            if select.select([terminal], [], [], 0.2)[0]:
                shown += os.read(terminal, 1 << 16)
        os.write(terminal, b"q")
    except OSError:
        pass
    finally:
        os.close(terminal)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return shown.decode("utf-8", "replace")
