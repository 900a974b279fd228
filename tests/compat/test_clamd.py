"""Both daemons, told the same, answer the same to the byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daemon.conversation import several, single

if TYPE_CHECKING:
    from pathlib import Path

    from serving import Daemon, Packet

_NUMBER = re.compile(rb"fd\[\d+\]")
"""Of a descriptor: nobody's business."""


def _said(daemon: Daemon, packets: list[Packet]) -> bytes:
    """The answer without descriptors; ClamAV says one name several times in an all-match scan."""
    answer = _NUMBER.sub(b"fd[]", daemon.ask(*packets))
    return b"".join(dict.fromkeys(answer.splitlines(keepends=True)))


def test_answers_are_the_same(daemons: tuple[Daemon, Daemon], tree: Path) -> None:
    differing = {}
    for name, packets in single(tree).items():
        ours, peer = (_said(daemon, packets) for daemon in daemons)
        if ours != peer:
            differing[name] = ours, peer
    assert not differing


def test_answers_in_any_order_are_the_same(daemons: tuple[Daemon, Daemon], tree: Path) -> None:
    ours, peer = daemons
    for name, packets in several(tree).items():
        answers = [sorted(one.ask(*packets).splitlines()) for one in (ours, peer)]
        assert answers[0] == answers[1], name


def test_logs_say_the_same(daemons: tuple[Daemon, Daemon]) -> None:
    """Every sentence of ours that is not our own is one of ClamAV's."""
    logs = [{re.sub(r"\d+|/\S+", "N", line) for line in one.log.splitlines()} for one in daemons]
    limits = [
        {line for line in log if line.startswith("Limits: ") and "Core" not in line} for log in logs
    ]
    assert limits[0] == limits[1]
    supports = [
        {line for line in log if " support " in line or "Heuristic" in line} for log in logs
    ]
    assert supports[0] <= supports[1] | {"AlertExceedsMax heuristic detection disabled."}
    for said in (
        "LOCAL: Unix socket file N",
        "Self checking every N seconds.",
        "LOCAL: Setting connection queue length to N",
    ):
        assert all(said in log for log in logs)
