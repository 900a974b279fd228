"""`nacre check`: for monitoring systems."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from nacre.cli.main import nacre
from nacre.monitor.measurement import Measurement, State, worst
from serving import Daemon, database

if TYPE_CHECKING:
    from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*".hex()


def _container(folder: Path, days: float) -> None:
    seconds = time.time() - days * 86_400
    built = time.strftime("%d %b %Y %H-%M +0000", time.gmtime(seconds))
    header = f"ClamAV-VDB:{built}:1:1:1:{'0' * 32}:x:me:{int(seconds)}"
    (folder / "daily.cvd").write_text(header.ljust(512))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = database(tmp_path / "data")
    (folder / "eicar.ndb").write_text(f"Eicar:0:*:{EICAR}\n")
    return folder


def test_a_host_that_is_well(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Daemon(tmp_path / "d", data=data) as daemon:
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        _container(fresh, 0.5)
        words = ["check", "--config-file", str(daemon.folder / "clamd.conf"), "-d", str(fresh)]
        assert nacre(words) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert line.startswith("NACRE OK - clamd answers in ")
        assert "EICAR found" in line
        assert "databases 0.5 days old" in line
        data_ = line.partition(" | ")[2].split()
        assert all(re.fullmatch(r"\w+=[\d.e-]+s?;[\d.]+;[\d.]+;0", one) for one in data_)
        assert [one.partition("=")[0] for one in data_] == ["reply", "eicar", "age"]
        assert nacre([*words, "-w", "0.1"]) == 1
        assert capsys.readouterr().out.startswith("NACRE WARNING - databases 0.5 days old")
        assert nacre([*words, "-c", "0.1", "-v"]) == 2
        assert "OK: clamd answers" in capsys.readouterr().out
        assert nacre([*words, "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["state"] == "ok"
        assert nacre([*words, "--format", "prometheus"]) == 0
        assert 'nacre_check_state{check="eicar"} 0' in capsys.readouterr().out


def test_what_the_updater_remembers(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _container(data, 0.5)
    (data / ".nacre").mkdir()
    state = {"checked": int(time.time() - 5 * 86_400), "blocked_until": int(time.time() + 3600)}
    (data / ".nacre" / "state.json").write_text(json.dumps(state))
    assert nacre(["check", "--config-file", str(tmp_path / "none"), "-d", str(data)]) == 1
    out = capsys.readouterr().out
    assert "mirror asked 5.0 days ago" in out
    assert "mirrors must not be asked before" in out


def test_a_daemon_that_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Daemon(tmp_path / "d") as daemon:
        assert nacre(["check", "--config-file", str(daemon.folder / "clamd.conf")]) == 2
        assert "EICAR was not found: OK" in capsys.readouterr().out


def test_nobody_there(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _container(data, 0)
    assert nacre(["check", "--socket", str(tmp_path / "none"), "-d", str(data)]) == 2
    assert "No such file or directory" in capsys.readouterr().out
    assert nacre(["check", "--config-file", str(tmp_path / "none"), "-d", str(tmp_path)]) == 3
    assert capsys.readouterr().out == "NACRE UNKNOWN - the age of the databases is unknown\n"
    assert nacre(["check", "-t", "0"]) == 3
    assert capsys.readouterr().out.startswith("NACRE UNKNOWN - --timeout")


def test_a_daemon_that_says_nothing_is_critical_in_time(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(tmp_path / "hung"))
        hung.listen()
        words = ["check", "--socket", str(tmp_path / "hung"), "-d", str(data), "-t", "0.2"]
        assert nacre(words) == 2
    assert "timed out" in capsys.readouterr().out


def test_what_is_said_cannot_become_performance_data(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other"))
        other.listen()

        def answer() -> None:
            for _ in range(3):
                client, _ = other.accept()
                with client:
                    client.recv(1000)
                    client.sendall(b"a | reply=0\n\x1b[2J\0")

        thread = threading.Thread(target=answer)
        thread.start()
        assert nacre(["check", "--socket", str(tmp_path / "other"), "-d", str(data)]) == 2
        thread.join()
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("|") <= 1
    assert out.count("\n") == 1


def test_the_worst_counts() -> None:
    ok = Measurement("a", State.OK, "")
    unknown = Measurement("b", State.UNKNOWN, "")
    critical = Measurement("c", State.CRITICAL, "")
    assert worst((ok, unknown)) is State.UNKNOWN
    assert worst((critical, unknown, ok)) is State.CRITICAL


@pytest.mark.parametrize("words", [["--versions", "3"], ["--nothing"], ["-w", "soon"]])
def test_a_wrong_command_line_is_unknown(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        nacre(["check", *words])
    assert ended.value.code == State.UNKNOWN
    assert len(capsys.readouterr().err.splitlines()) == 1
