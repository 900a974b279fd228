"""What the daemons refuse to start with: both, and with the same exit code."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from serving import OURS, SECONDS, database

if TYPE_CHECKING:
    from pathlib import Path

PEER = "/usr/sbin/clamd"
OLD = f"ClamAV-VDB:01 Jan 2020 00-00 +0000:1:1:1:{'0' * 32}:x:me:1577836800"
LINES = [
    "Example",
    "Nonsense yes",
    "LogTime perhaps",
    "MaxThreads three",
    "MaxThreads",
    "MaxFileSize 7T",
    "BytecodeSecurity None",
    'LogFile ""',
    "LocalSocketMode 999",
    "LocalSocketMode 0o660",
    "LocalSocketMode 6_6_0",
    "LocalSocketGroup no-such-group",
    "User no-such-user",
    "TemporaryDirectory /nowhere/at/all",
    "DatabaseDirectory /nowhere/at/all",
    "LogFile /nowhere/at/all",
    "PidFile /nowhere/at/all",
    "TCPSocket 3310\nTCPAddr no-such-host.invalid",
    "LogSyslog yes\nLogFacility LOG_NOWHERE",
    "FailIfCvdOlderThan 3",
]


@pytest.mark.parametrize("line", LINES)
def test_refused_by_both(tmp_path: Path, line: str) -> None:
    if shutil.which(PEER) is None:
        pytest.skip("Debian's clamd is not installed (apt install clamav-daemon)")
    codes = [
        refused(command, tmp_path / name, line) for command, name in ((OURS, "o"), ((PEER,), "p"))
    ]
    assert codes[0] == codes[1] > 0


def refused(command: tuple[str, ...], folder: Path, line: str) -> int:
    """The exit code of a daemon that does not start, and says why."""
    folder.mkdir()
    data = database(folder / "database")
    if "OlderThan" in line:
        (data / "old.cvd").write_text(OLD.ljust(512))
    config = folder / "clamd.conf"
    config.write_text(
        f"{line}\nLocalSocket {folder}/socket\nDatabaseDirectory {data}\nForeground yes\n"
    )
    done = subprocess.run(
        [*command, "-c", str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={"XDG_CACHE_HOME": str(folder), "PATH": "/usr/bin"},
    )
    assert "ERROR: " in done.stdout + done.stderr
    assert command == (PEER,) or not (folder / "socket").exists()  # ClamAV leaves it
    return done.returncode
