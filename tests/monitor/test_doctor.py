"""`nacre doctor`: what it says of hosts that are well, and of those that are not."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
import time
from typing import TYPE_CHECKING

import pytest

from nacre.cli.main import nacre
from nacre.monitor import Finding, Host, Level, examine
from nacre.monitor.checks import limits, rights, scanners
from serving import EVIL, Daemon, database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _found(host: Host, name: str) -> list[Finding]:
    (result,) = (result for result in examine(host) if result.name == name)
    return list(result.findings)


def _said(host: Host, name: str, level: Level) -> str:
    return "\n".join(finding.what for finding in _found(host, name) if finding.level is level)


@pytest.fixture
def host(tmp_path: Path) -> Callable[[str], Host]:
    """A host with these lines in its clamd.conf, and one signature."""
    data = database(tmp_path / "data")

    def make(lines: str = "") -> Host:
        config = tmp_path / "clamd.conf"
        config.write_text(f"DatabaseDirectory {data}\nLocalSocket {tmp_path}/socket\n{lines}")
        return Host.here(config)

    return make


def test_every_check_says_something(host: Callable[[str], Host]) -> None:
    results = list(examine(host("User root\n")))
    assert len(results) == 7
    for result in results:
        assert result.title
        assert result.findings
        for finding in result.findings:
            assert finding.level < Level.WARNING or finding.mend, finding


def test_a_running_daemon_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Daemon(tmp_path / "d", "User root\n") as daemon:
        daemon.scan(EVIL)
        found = _found(Host.here(daemon.folder / "clamd.conf"), "daemon")
        assert found[0].level is Level.OK
        assert "clamd answers at" in found[0].what
        assert nacre(["doctor", "-c", str(daemon.folder / "clamd.conf")]) in {0, 1}
        out = capsys.readouterr().out
        assert "1 signatures are compiled and current" in out
        assert out.endswith(("warnings\n", "warning\n"))


def test_a_socket_that_nobody_listens_at(host: Callable[[str], Host], tmp_path: Path) -> None:
    assert "nobody listens at" in _said(host(""), "daemon", Level.PROBLEM)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "socket"))
    assert "is left of a clamd that is gone" in _said(host(""), "daemon", Level.PROBLEM)
    (tmp_path / "socket").unlink()
    (tmp_path / "socket").touch()
    assert "is no socket" in _said(host(""), "daemon", Level.PROBLEM)


def test_somebody_else_listens(host: Callable[[str], Host], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "socket"))
        other.listen()

        def answer() -> None:
            client, _ = other.accept()
            with client:
                client.recv(100)
                client.sendall(b"220 hello\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert "is no clamd" in _said(host(""), "daemon", Level.PROBLEM)
        thread.join()


def test_a_daemon_that_says_no_more_than_pong(host: Callable[[str], Host], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "socket"))
        other.listen()

        def answer() -> None:
            for words in (b"PONG\0", b"", b""):
                client, _ = other.accept()
                with client:
                    client.recv(100)
                    client.sendall(words)

        thread = threading.Thread(target=answer)
        thread.start()
        assert "does not tell how it is" in _said(host(""), "daemon", Level.WARNING)
        thread.join()


def test_one_file_as_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = database(tmp_path / "data") / "x.ndb"
    (tmp_path / "clamd.conf").write_text("LocalSocket /nowhere\nUser nobody\n")
    nacre(["doctor", "-c", str(tmp_path / "clamd.conf"), "-d", str(file)])
    assert "Not a directory" not in capsys.readouterr().out


def test_no_clamd_at_all(tmp_path: Path) -> None:
    host = Host.here(tmp_path / "clamd.conf", database(tmp_path / "data"))
    assert "is not there" in _said(host, "configuration", Level.NOTE)
    assert "no clamd is configured" in _said(host, "daemon", Level.NOTE)


def test_a_wrong_configuration(host: Callable[[str], Host]) -> None:
    said = _said(host("Nonsense 1\nMaxThreads x\n"), "configuration", Level.PROBLEM)
    assert "clamd.conf:3: Unknown option Nonsense" in said
    assert "clamd.conf:4: " in said
    said = _said(host("LocalSocketMode 9\n"), "configuration", Level.PROBLEM)
    assert "clamd.conf:3: Invalid LocalSocketMode 9" in said


def test_databases_that_are_not_there(tmp_path: Path) -> None:
    host = Host.here(tmp_path / "clamd.conf", tmp_path / "nowhere")
    assert "No such file" in _said(host, "databases", Level.PROBLEM)
    (tmp_path / "empty").mkdir()
    host = Host.here(tmp_path / "clamd.conf", tmp_path / "empty")
    assert "No supported database files" in _said(host, "databases", Level.PROBLEM)


def _container(folder: Path, seconds: float) -> None:
    built = time.strftime("%d %b %Y %H-%M +0000", time.gmtime(seconds))
    header = f"ClamAV-VDB:{built}:1:1:1:{'0' * 32}:x:me:{int(seconds)}"
    (folder / "daily.cvd").write_text(header.ljust(512))


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [
        (0.5, Level.OK, "is 0.5 days old"),
        (9, Level.PROBLEM, "is 9 days old"),
        (-9, Level.PROBLEM, "from the future"),
    ],
)
def test_the_age_of_databases(
    host: Callable[[str], Host], tmp_path: Path, days: float, level: Level, words: str
) -> None:
    _container(tmp_path / "data", time.time() - days * 86_400)
    assert words in _said(host(""), "databases", level)


def test_databases_that_are_not_as_they_should_be(
    host: Callable[[str], Host], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert "are not compiled" in _said(host(""), "databases", Level.NOTE)
    (data / "y.ndb").write_text("Broken\n" * 7)
    assert nacre(["db", "compile", str(data)]) == 0
    said = _said(host(""), "databases", Level.WARNING)
    assert "y.ndb:1: " in said
    assert "and 2 more malformed" in said
    data.chmod(0o777)
    assert "anybody may write" in _said(host(""), "databases", Level.PROBLEM)
    data.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look with another user's eyes")
def test_rights(host: Callable[[str], Host], tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "x.ndb").chmod(0o600)
    wanted = host("User nobody\n")
    assert "nobody cannot read x.ndb" in _said(wanted, "databases", Level.PROBLEM)
    (tmp_path / "own").mkdir(mode=0o700)
    wanted = host(f"User nobody\nTemporaryDirectory {tmp_path}/own\nLogFile {tmp_path}/no/log\n")
    said = "\n".join(finding.what for finding in rights.run(wanted))
    assert "nobody cannot write to TemporaryDirectory" in said
    assert "there is no" in said
    assert [f.level for f in rights.run(host("User root\n"))] == [Level.WARNING]


def test_limits(host: Callable[[str], Host], tmp_path: Path) -> None:
    wanted = host(f"TemporaryDirectory {tmp_path}/none\nMaxThreads 100000000\n")
    found = list(limits.run(wanted))
    assert any("No such file" in finding.what for finding in found)
    assert any("100000000 workers" in finding.what for finding in found)


def _process(proc: Path, pid: int, name: str, line: bytes) -> None:
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    (proc / str(pid) / "cmdline").write_bytes(line)


def test_other_scanners(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    _process(proc, 7, "falcon-sensor", b"falcon-sensor\0")
    _process(proc, 8, "clamd", b"/usr/sbin/clamd\0--foreground\0")
    _process(proc, 9, "clamd", b"/usr/bin/python3\0/usr/bin/clamd\0")
    (proc / "version").touch()
    found = list(scanners.run(Host(tmp_path / "x", tmp_path, None, proc)))
    assert [(finding.level, finding.what) for finding in found] == [
        (Level.WARNING, "CrowdStrike Falcon is running (process 7)"),
        (Level.NOTE, "ClamAV's clamd is running (process 8)"),
    ]
    (tmp_path / "none").mkdir()
    assert next(scanners.run(Host(tmp_path / "x", tmp_path, None, tmp_path / "none"))).level == 0


def test_programs_get_json(host: Callable[[str], Host], capsys: pytest.CaptureFixture[str]) -> None:
    config = str(host("").config)
    assert nacre(["doctor", "-c", config, "--format", "json"]) == 2
    report = json.loads(capsys.readouterr().out)
    levels = {check["check"]: check["findings"][0]["level"] for check in report}
    assert levels["daemon"] == "problem"
    assert stat.S_ISREG(os.stat(config).st_mode)  # noqa: PTH116 - it was only looked at


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
