"""Telling systemd how a service is (sd_notify(3), sd_watchdog_enabled(3)); nothing without it."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(state: str) -> None:
    """Send `state`, such as READY=1; a systemd that does not listen is no error."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with connection, contextlib.suppress(OSError):
        connection.settimeout(0)
        connection.connect(place.replace("@", "\0", 1) if place[0] == "@" else place)
        connection.sendall(state.encode())


def watchdog_seconds() -> float:
    """How often systemd wants to hear WATCHDOG=1 of this process at least; 0 for never."""
    try:
        microseconds = int(os.environ.get("WATCHDOG_USEC", "0"))
        pid = int(os.environ.get("WATCHDOG_PID", str(os.getpid())))
    except ValueError:
        return 0.0
    return max(0, microseconds) / 1e6 if pid == os.getpid() else 0.0
