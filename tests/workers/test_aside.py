from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from nacre.workers.aside import Aside


def test_results_come_from_another_thread() -> None:
    def job(number: int) -> tuple[int, int]:
        return number, threading.get_ident()

    with Aside(job) as aside:
        results = [aside.run(number) for number in range(100)]
    assert [number for number, _ in results] == list(range(100))
    assert {ident for _, ident in results}.isdisjoint({threading.get_ident()})


def test_an_exception_is_the_callers() -> None:
    def fail(number: int) -> int:
        if number:
            raise ValueError(number)
        return number

    with Aside(fail) as aside:
        assert aside.run(0) == 0
        with pytest.raises(ValueError, match="7"):
            aside.run(7)
        assert aside.run(0) == 0, "and the next task is none the worse"


def test_the_caller_ticks_while_it_waits() -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    with Aside(time.sleep) as aside:
        aside.run(0.35, tick)
    assert ticks in (2, 3)


def test_the_thread_ends_with_its_owner() -> None:
    def job(_: int) -> int:
        return threading.get_native_id()

    with Aside(job) as aside:
        thread = aside.run(0)
    deadline = time.monotonic() + 5
    while _exists(thread):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _exists(thread: int) -> bool:
    return Path(f"/proc/self/task/{thread}").exists()
