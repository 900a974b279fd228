"""Daemon.

clamd answers, and its workers are confined.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError
from nacre.monitor.finding import Finding, fine, note, problem, warning
from nacre.protocol.statistics import parse
from nacre.transport.clamd import Address, UnreachableError, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.monitor.host import Host

_SECONDS = 5.0
_FULL = "landlock+seccomp+rlimits"


def run(host: Host) -> Iterator[Finding]:
    """Whether somebody listens where clamd.conf says, and what it tells of itself."""
    address = host.address()
    if address is None:
        yield note("no clamd is configured", "LocalSocket or TCPSocket in clamd.conf makes one")
        return
    where = address.path or f"{address.host}:{address.port}"
    try:
        pong = ask(address, b"PING", _SECONDS)
    except (UnreachableError, OSError, ProtocolError) as error:
        yield from _unreachable(address, where, error)
        return
    if pong != b"PONG":
        yield problem(f"whoever listens at {where} is no clamd", "see who does: ss -lxp, ss -ltnp")
        return
    try:
        version = ask(address, b"VERSION", _SECONDS).decode("utf-8", "replace")
        statistics = ask(address, b"STATS", _SECONDS)
    except (UnreachableError, OSError, ProtocolError) as error:
        yield problem(f"clamd at {where} does not answer any longer: {error}", "see its log")
        return
    yield fine(f"clamd answers at {where}" + (f": {version}" if version else ""))
    yield from _statistics(statistics)


def _statistics(answer: bytes) -> Iterator[Finding]:
    try:
        found = parse(answer)
    except ProtocolError as error:
        reason = f"clamd does not tell how it is: {error}"
        yield warning(reason, "EnableStatsCommand yes allows it, if that is why")
        return
    if not found.own:
        yield note("the clamd that answers is not nacre's")
        return
    confinement = found.own.get("confinement", "")
    if confinement == _FULL:
        yield fine(f"its workers are confined: {confinement}")
    else:
        yield warning(
            f"its workers are confined by {confinement or 'nothing'} only",
            "a kernel with Landlock (5.13 and newer) and seccomp confines them fully",
        )
    for name, mend in (
        ("malformed", "the log names the lines, nacre db info shows them"),
        ("failed", "the log names the files and the reasons"),
    ):
        if found.own.get(name, "0") != "0":
            yield warning(f"{name} since it started: {found.own[name]}", mend)
    if found.queue > found.most:
        yield warning(
            f"{found.queue} requests wait for {found.most} workers", "MaxThreads may be raised"
        )


def _unreachable(address: Address, where: str, error: Exception) -> Iterator[Finding]:
    if address.path is None:
        yield problem(f"{error}", "start clamd: systemctl start nacre-clamd")
        return
    path = Path(address.path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        yield problem(f"nobody listens at {where}", "start clamd: systemctl start nacre-clamd")
        return
    except PermissionError:
        yield problem(f"{path.parent} cannot be entered", f"chmod o+x {path.parent}")
        return
    if not stat.S_ISSOCK(mode):
        yield problem(f"{where} is no socket", "remove it, or choose another LocalSocket")
    elif not os.access(path, os.W_OK):
        yield problem(
            f"this user may not connect to {where}", "see LocalSocketGroup and LocalSocketMode"
        )
    else:
        yield problem(
            f"{where} is left of a clamd that is gone",
            "start clamd: systemctl start nacre-clamd (FixStaleSocket removes it)",
        )
