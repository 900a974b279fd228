"""What clients read out of the answer to STATS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.model.errors import ProtocolError
from nacre.protocol.statistics import MAX_TASKS, parse

PEER = (
    b"POOLS: 1\n\nSTATE: VALID PRIMARY\nTHREADS: live 3  idle 1 max 12 idle-timeout 30\n"
    b"QUEUE: 2 items min_wait: 0.100000 max_wait: 2.500000 avg_wait: 1.300000\n"
    b"\tINSTREAM 1.500000 /srv/with blank\n\tSTATS 0.000005 \n\n"
    b"MEMSTATS: heap 9.082M mmap 0.000M used 6.902M free 2.184M releasable 0.129M pools 1 "
    b"pools_used 5.882M pools_total 5.964M\nEND\n"
)


def test_clamav() -> None:
    found = parse(PEER)
    assert (found.state, found.live, found.idle, found.most) == ("VALID PRIMARY", 3, 1, 12)
    assert (found.queue, found.longest) == (2, 2.5)
    assert [(task.verb, task.seconds, task.name) for task in found.tasks] == [
        ("INSTREAM", 1.5, "/srv/with blank"),
        ("STATS", 0.000005, ""),
    ]
    assert found.memory["heap"] == 9.082
    assert found.memory["pools_total"] == 5.964
    assert not found.own


def test_nacre() -> None:
    line = b"NACRE: scans 9 alerts 5 confinement landlock+seccomp+rlimits\nEND\n"
    found = parse(PEER.replace(b"heap 9.082M", b"heap N/A").replace(b"END\n", line))
    assert found.own["confinement"] == "landlock+seccomp+rlimits"
    assert "heap" not in found.memory


def test_anything_else_is_told() -> None:
    with pytest.raises(ProtocolError, match="COMMAND UNAVAILABLE"):
        parse(b"COMMAND UNAVAILABLE\n")
    with pytest.raises(ProtocolError, match="no answer"):
        parse(b"")


@given(st.sampled_from(["live", "QUEUE:", "heap", "max_wait:"]), st.integers(1, 6000))
def test_numbers_of_any_length(key: str, digits: int) -> None:
    text = f"STATE: x\nQUEUE: {'9' * digits} items max_wait: {'9' * digits}\nTHREADS: live "
    parse(f"{text}{'9' * digits}\nMEMSTATS: heap {'9' * digits}M\n{key} {'9' * digits}".encode())


@given(st.binary())
def test_whatever_is_said_is_read_or_refused(answer: bytes) -> None:
    for text in (answer, b"STATE: x\n" + answer, b"STATE: x\nTHREADS: live " + answer):
        try:
            parse(text)
        except ProtocolError:
            assert b"STATE" not in text[:5]


def test_there_are_not_more_tasks_than_anybody_can_read() -> None:
    assert len(parse(PEER + b"\tSCAN 1.0 x\n" * 5000).tasks) == MAX_TASKS
