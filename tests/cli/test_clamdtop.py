"""clamdtop beside a real daemon, with and without a terminal."""

from __future__ import annotations

import os
import pty
import select
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from nacre.cli.clamdtop import _Watching, address_of
from nacre.model.errors import ConfigError
from nacre.transport.clamd import Address
from serving import EVIL, SECONDS, Daemon

if TYPE_CHECKING:
    from pathlib import Path

CLAMDTOP = (
    sys.executable,
    "-c",
    "import sys; from nacre.cli.main import clamdtop; sys.exit(clamdtop())",
)


def _once(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*CLAMDTOP, *arguments], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    return done.returncode, done.stdout, done.stderr


def test_addresses() -> None:
    assert address_of("/run/x") == Address("/run/x")
    assert address_of("mail") == Address(None, "mail", 3310)
    assert address_of("mail:3311") == Address(None, "mail", 3311)
    assert address_of("[::1]:3311") == Address(None, "::1", 3311)
    assert address_of("::1") == Address(None, "::1", 3310)
    for wrong in ("mail:0", "mail:x", ":3310", "mail:70000"):
        with pytest.raises(ConfigError, match="neither a path nor"):
            address_of(wrong)


def test_it_prints_once_without_a_terminal(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        daemon.scan(EVIL)
        code, out, _ = _once(daemon.path, "/nowhere/at/all")
        assert code == 0
        assert " VALID " in out
        assert "alerts 1" in out
        assert "No such file or directory" in out
        code, out, _ = _once("-c", str(daemon.folder / "clamd.conf"))
        assert " VALID " in out
    code, out, _ = _once(daemon.path)
    assert code == 1


def test_wrong_arguments(tmp_path: Path) -> None:
    assert _once("--nonsense")[0] == 1
    assert "neither a path" in _once("a:b")[2]
    (tmp_path / "clamd.conf").write_text("LogTime yes\n")
    assert "neither LocalSocket" in _once("-c", str(tmp_path / "clamd.conf"))[2]


def test_a_terminal_shows_it_until_q(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        pid, terminal = pty.fork()
        if not pid:
            os.environ["TERM"] = "xterm"
            os.execv(CLAMDTOP[0], [*CLAMDTOP, daemon.path])  # noqa: S606 - a terminal of its own
        shown = b""
        ending = time.monotonic() + SECONDS
        while b"ClamAV 1." not in shown and time.monotonic() < ending:
            shown += _read(terminal)
        assert b"VALID" in shown
        os.write(terminal, b"h")
        while b"forget the largest queue" not in shown and time.monotonic() < ending:
            shown += _read(terminal)
        assert b"forget the largest queue" in shown
        os.write(terminal, b"q")
        while _read(terminal):
            pass
        assert os.waitpid(pid, 0)[1] == 0
        os.close(terminal)


def test_a_daemon_that_hangs_delays_nobody(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as hung, Daemon(tmp_path / "d") as daemon:
        hung.bind(str(tmp_path / "hung"))
        hung.listen()
        pid, terminal = pty.fork()
        if not pid:
            os.environ["TERM"] = "xterm"
            os.execv(CLAMDTOP[0], [*CLAMDTOP, str(tmp_path / "hung"), daemon.path])  # noqa: S606
        shown = b""
        began = time.monotonic()
        while b"VALID" not in shown:
            assert time.monotonic() - began < SECONDS
            shown += _read(terminal)
        assert b"no answer yet" in shown
        for key in (b"2", b"\x1b[C", b"r", b"0", b"q"):
            os.write(terminal, key)
        while _read(terminal):
            pass
        assert os.waitpid(pid, 0)[1] == 0
        os.close(terminal)


def test_a_daemon_that_comes_back(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        watching = _Watching([Address(daemon.path)])
        watching.look()
        assert watching.daemons[0].snapshot is not None
        assert daemon.end() == 0
        watching.look()
        assert watching.daemons[0].snapshot is None
        assert "No such file" in watching.daemons[0].trouble
        daemon.start()
        watching.look()
        assert watching.daemons[0].snapshot is not None


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16) if select.select([terminal], [], [], SECONDS)[0] else b""
    except OSError:
        return b""
