"""Ctrl-C in the middle of one huge file, which is a single call of native code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HUGE = 256 << 30
"""Minutes of work: a hole takes no room, but is read and matched like any other bytes."""
UNDER_WAY = 32 << 20
LIFTED = ["--max-filesize=0", "--max-scansize=0", "--max-scantime=0"]


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "test.ndb").write_text("Evil:0:*:" + b"EVIL".hex() + "\n")
    for name in ("one", "two"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(HUGE)
    return [sys.executable, "-m", "nacre.cli.main"]


def bytes_read(pid: int) -> int:
    """How much the process and those below it read so far."""
    own = Path(f"/proc/{pid}/io").read_text().split()[1]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(own) + sum(bytes_read(int(child)) for child in children)


def interrupt(command: list[str], folder: Path) -> tuple[int, str, float]:
    """Exit code, output, and seconds that the end took of a scan that was interrupted."""
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Whoever runs the tests in the background ignores it, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while bytes_read(process.pid) < UNDER_WAY:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    return process.returncode, output, time.monotonic() - started


@pytest.mark.parametrize("words", [["-j1", "one"], ["-j2", "one"], ["-j2", "one", "two"]])
def test_a_scan_ends_at_once_with_its_summary(
    words: list[str], command: list[str], tmp_path: Path
) -> None:
    code, output, seconds = interrupt(
        [*command, "scan", *LIFTED, "-d", "test.ndb", *words], tmp_path
    )
    assert code == 130
    assert output.startswith("Interrupted after 0 files, ")
    assert output.endswith("Alerts: 0   not fully scanned: 0   errors: 0\n")
    assert seconds < 20


def test_clamscan_dies_of_it_as_clamavs(command: list[str], tmp_path: Path) -> None:
    code, output, seconds = interrupt(
        [*command, "clamscan", *LIFTED, "-dtest.ndb", "one"], tmp_path
    )
    assert (code, output) == (-signal.SIGINT, "")
    assert seconds < 20
