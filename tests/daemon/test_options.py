"""A real daemon with every option that there is, and with values that are hard to take."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from nacre.config.option import Kind, Option, Program, Status
from nacre.config.table import options_of
from nacre.config.value import LARGEST
from serving import EVIL, FOUND, OK, SECONDS, Daemon, chunk, read

OPTIONS = [option for option in options_of(Program.CLAMD) if option.name]
SAMPLES = Path(__file__).parents[2] / "samples" / "archive"
NOT_HERE = {"LocalSocket", "DatabaseDirectory", "Foreground", "LogFile", "PidFile"}
"""What every daemon of these tests is told anyway."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def valued(option: Option, folder: Path) -> str:
    """A value that makes sense."""
    sound = {
        "LocalSocketGroup": str(os.getgid()),
        "LocalSocketMode": "660",
        "TCPSocket": str(free_port()),
        "TCPAddr": "127.0.0.1",
        "TemporaryDirectory": str(folder),
        "LogFacility": "LOG_DAEMON",
        "VirusEvent": "/bin/true",
        "ExcludePath": "^/proc/",
        "FailIfCvdOlderThan": "7",
        "OfficialDatabaseOnly": "no",
        "DisableCache": "no",
    }
    if option.name in sound:
        return sound[option.name]
    if option.default is not None and option.kind is not Kind.BOOL:
        return str(option.default)
    words = {Kind.BOOL: "yes", Kind.NUMBER: "3", Kind.SIZE: "3M"}
    return words.get(option.kind, "word")


def scans_samples(daemon: Daemon) -> None:
    """Archives of each family: the limits reach everything that decodes."""
    folder = os.fsencode(SAMPLES)
    assert daemon.ask(b"zCONTSCAN " + folder + b"\0") == folder + b": OK\0"
    assert "internal error" not in daemon.log


def works(daemon: Daemon) -> None:
    assert daemon.scan(EVIL) == FOUND
    assert daemon.scan(b"harmless") == OK


@pytest.mark.usefixtures("socket_enabled")
def test_every_option_at_once(tmp_path: Path) -> None:
    left_out = NOT_HERE | {"LocalSocketGroup", "User", "LogSyslog", "LeaveTemporaryFiles"}
    lines = [
        f"{option.name} {valued(option, tmp_path)}\n"
        for option in OPTIONS
        if option.name not in left_out and option.key != "fail_if_cvd_older_than"
    ]
    assert len(lines) > 150
    with Daemon(tmp_path / "d", "".join(lines)) as daemon:
        works(daemon)
        ignored = sum(option.status is Status.IGNORED for option in OPTIONS)
        said = (daemon.folder / "output").read_text()
        assert said.count("Ignoring deprecated option") == ignored


@pytest.mark.parametrize("number", [LARGEST, 1 << 31, 1 << 32])
def test_numbers_that_are_too_large_for_anything(tmp_path: Path, number: int) -> None:
    with Daemon(tmp_path / "d", numbers(number)) as daemon:
        works(daemon)
        scans_samples(daemon)
        assert daemon.end() == 0


def test_zero(tmp_path: Path) -> None:
    # 0 files, recursions and bytes mean no limit, or the default; 0 seconds for a command: at once.
    with Daemon(tmp_path / "d", "CommandReadTimeout 30\nReadTimeout 30\n" + numbers(0)) as daemon:
        works(daemon)
        scans_samples(daemon)


def numbers(value: int) -> str:
    """Every number of clamd.conf is `value`, but the port."""
    return "".join(
        f"{option.name} {value}\n"
        for option in OPTIONS
        if option.kind in {Kind.NUMBER, Kind.SIZE} and option.name != "TCPSocket"
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("LocalSocketMode 6_6_0", "Invalid LocalSocketMode 6_6_0"),
        ("LocalSocketMode 0o660", "Invalid LocalSocketMode 0o660"),
        ("TCPSocket 3310\nTCPAddr " + "a" * 100, "not the name of a host"),
        ("TCPSocket 3310\nTCPAddr 192.0.2.77", "TCP: Cannot bind to [192.0.2.77]:3310"),
        (
            "TemporaryDirectory /nowhere/at/all",
            "TemporaryDirectory: /nowhere/at/all does not exist",
        ),
        ("TemporaryDirectory /dev/null", "TemporaryDirectory: /dev/null does not exist"),
        ("LogFile /nowhere/log", "Can't open /nowhere/log in append mode"),
        ("PidFile /nowhere/pid", "Can't save PID in file /nowhere/pid"),
        ("LocalSocket /nowhere/socket", "LOCAL: Socket file /nowhere/socket: No such file"),
        ("LocalSocket /tmp/" + "a" * 200, "AF_UNIX path too long"),
        ("LocalSocket /dev/null", "/dev/null exists and is not a socket"),
        ("DatabaseDirectory /nowhere/at/all", "No such file or directory: /nowhere/at/all"),
        ("LogFile /tmp/a\0b", "NUL in the value of option LogFile"),
        ("User a\0b", "NUL in the value of option User"),
    ],
)
def test_what_cannot_be_had_is_told_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    daemon = Refused(tmp_path / "d", line)
    daemon.folder.mkdir()
    with pytest.raises(AssertionError):
        daemon.start()
    assert daemon.process.wait(SECONDS) == (2 if "PidFile" in line else 1)
    output = (daemon.folder / "output").read_text()
    (said,) = (text for text in output.splitlines() if text.startswith("ERROR: "))
    number = line.count("\n") + 1
    if "Cannot bind" in reason:
        number = 1
    assert said.startswith(f"ERROR: {daemon.folder}/clamd.conf:{number}: ")
    assert reason in said


class Refused(Daemon):
    """What is to be refused stands first in its clamd.conf: the first value counts."""

    def command_line(self) -> tuple[str, ...]:
        file = self.folder / "clamd.conf"
        file.write_text(f"{self.settings}\n{file.read_text()}")
        return tuple(self.command)


def test_a_signal_to_all_of_its_processes_loses_nothing(tmp_path: Path) -> None:
    """As systemd sends it with KillMode=control-group, or a shell to a process group."""
    with Daemon(tmp_path / "d") as daemon:
        client = daemon.connect()
        client.sendall(b"zINSTREAM\0" + chunk(EVIL))
        for pid in (*daemon.workers(), *daemon.zygotes(), daemon.seed, daemon.process.pid):
            os.kill(pid, signal.SIGTERM)
        client.sendall(chunk(b""))
        with client:
            assert read(client) == FOUND
        assert daemon.process.wait(SECONDS) == 0
        output = (daemon.folder / "output").read_text()
        assert "Traceback" not in output
        assert "died" not in output
