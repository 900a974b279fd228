"""Clients of others against nacre's clamd, and against ClamAV's: they must not notice."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from daemon.conversation import make_tree
from serving import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLAMDSCAN = "/usr/bin/clamdscan"
_VARYING = re.compile(r"^(Time|Start Date|End Date):.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, Daemon]]:
    clamd = shutil.which("/usr/sbin/clamd")
    if clamd is None or shutil.which(CLAMDSCAN) is None:
        pytest.skip("Debian's clamav-daemon and clamdscan are not installed")
    folder = tmp_path_factory.mktemp("clamd")
    with (
        Daemon(folder / "ours") as ours,
        Daemon(folder / "peer", "User root\n", (clamd,)) as peer,
    ):
        yield ours, peer


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("tree") / "root")


def _clamdscan(daemon: Daemon, *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [CLAMDSCAN, "-c", str(daemon.folder / "clamd.conf"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
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


@pytest.mark.parametrize("option", ["--ping=3", "--reload", "--wait"])
def test_clamdscan_asks(daemons: tuple[Daemon, Daemon], option: str) -> None:
    ours, peer = (_clamdscan(daemon, option) for daemon in daemons)
    assert ours == peer


def test_clamdscan_tells_the_version(daemons: tuple[Daemon, Daemon]) -> None:
    code, lines = _clamdscan(daemons[0], "--version")
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith("ClamAV 1.")


def test_clamdtop_shows_it(daemons: tuple[Daemon, Daemon]) -> None:
    if shutil.which("clamdtop") is None:
        pytest.skip("Debian's clamdtop is not installed")
    screen = _screen(["clamdtop", "-c", str(daemons[0].folder / "clamd.conf")])
    assert "ClamAV" in screen
    assert "PRIMARY" in screen or "live" in screen.lower()


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


def test_python_clamd(daemons: tuple[Daemon, Daemon], tree: Path) -> None:
    """The package clamd of PyPI."""
    clamd = pytest.importorskip("clamd", reason="pip install clamd")
    answers = []
    for daemon in daemons:
        client = clamd.ClamdUnixSocket(daemon.path)
        with (tree / "evil").open("rb") as evil:
            answers.append(
                [
                    client.ping(),
                    client.scan(str(tree / "evil")),
                    client.contscan(str(tree)),
                    client.multiscan(str(tree)),
                    client.instream(evil),
                    client.reload(),
                ]
            )
        assert client.stats().endswith("END\n")
        assert client.version().startswith("ClamAV 1.")
    assert answers[0] == answers[1]


def test_perl_client(daemons: tuple[Daemon, Daemon], tree: Path) -> None:
    """libclamav-client-perl: bare commands."""
    script = (
        "use ClamAV::Client; my $c = ClamAV::Client->new(socket_name => $ARGV[0]); "
        'print $c->ping, "\\n"; my ($p, $r) = $c->scan_path($ARGV[1]); print "$p $r\\n";'
    )
    perl = shutil.which("perl")
    if perl is None:
        pytest.skip("no perl")
    answers = [
        subprocess.run(
            [perl, "-e", script, daemon.path, str(tree / "evil")],
            capture_output=True,
            text=True,
            check=False,
        )
        for daemon in daemons
    ]
    if "Can't locate ClamAV/Client.pm" in answers[0].stderr:
        pytest.skip("libclamav-client-perl is not installed")
    assert answers[0].stdout == answers[1].stdout
    assert "Evil" in answers[0].stdout
