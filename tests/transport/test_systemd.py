"""What systemd is told."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from nacre.transport.systemd import notify, watchdog_seconds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("prefix", ["", "@"])
def test_states_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    name = f"nacre-{os.getpid()}" if prefix else str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name if prefix else name)
        listener.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", prefix + name)
        notify("READY=1")
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize("place", ["", "relative", "/nobody/is/there"])
def test_nobody_need_listen(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", place)
    notify("READY=1")


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [
        (None, None, 0.0),
        ("10000000", None, 10.0),
        ("10000000", "own", 10.0),
        ("10000000", "1", 0.0),
        ("much", None, 0.0),
        ("-5", None, 0.0),
        ("5", "me", 0.0),
    ],
)
def test_watchdog(
    monkeypatch: pytest.MonkeyPatch, microseconds: str | None, pid: str | None, seconds: float
) -> None:
    for name, value in (("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, str(os.getpid()) if value == "own" else value)
    assert watchdog_seconds() == seconds
