from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nacre.workers.pool import BATCH_TASKS, Died, Pool

if TYPE_CHECKING:
    from collections.abc import Iterator


def _double(task: int) -> int:
    return task * 2


def _act(task: list[Any]) -> Any:
    """A job that does what the task says."""
    verb, argument = task
    if verb == "die":
        os.kill(os.getpid(), argument)
        signal.pause()
    if verb == "exit":
        os._exit(argument)
    if verb == "sleep":
        time.sleep(argument)
    if verb == "raise":
        raise RuntimeError(argument)
    if verb == "big":
        return "x" * argument
    return os.getpid()


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_every_task_is_answered_once() -> None:
    with Pool(_double, 3) as pool:
        results = dict(pool.run((number, number) for number in range(1000)))
    assert results == {number: number * 2 for number in range(1000)}


def test_tasks_are_pulled_only_as_workers_ask_for_them() -> None:
    pulled = 0

    def tasks() -> Iterator[tuple[list[Any], int]]:
        nonlocal pulled
        for _ in range(10_000):
            pulled += 1
            yield ["pid", 0], 1

    with Pool(_act, 2) as pool:
        running = pool.run(tasks())
        next(running)
        assert pulled <= 2 * 2 * BATCH_TASKS
        running.close()  # type: ignore[attr-defined]


def test_nothing_waits_behind_a_heavy_task() -> None:
    tasks: list[tuple[list[Any], int]] = [(["sleep", 1.0], 100 << 20)]
    tasks += [(["pid", number], 1) for number in range(200)]
    with Pool(_act, 2) as pool:
        order = [task[0] for task, _ in pool.run(tasks)]
    assert order[-1] == "sleep"
    assert len(order) == 201


@pytest.mark.parametrize(
    ("verb", "argument", "reason"),
    [
        ("die", signal.SIGKILL, "the scanner process died (signal 9)"),
        ("die", signal.SIGXCPU, "the scanner process died (signal 24)"),
        ("exit", 3, "the scanner process died (exit code 3)"),
    ],
)
def test_a_dead_worker_costs_its_task_only(verb: str, argument: int, reason: str) -> None:
    tasks = [(["pid", number], 1) for number in range(300)]
    for at in (0, 77, 155, 299):
        tasks[at] = ([verb, argument], 1)
    with Pool(_act, 2) as pool:
        results = list(pool.run(tasks))
    assert len(results) == 300
    died = [result for task, result in results if task[0] == verb]
    assert died == [Died(reason)] * 4
    assert all(isinstance(result, int) for task, result in results if task[0] == "pid")


def test_a_job_that_raises_is_seen_and_survived(capfd: pytest.CaptureFixture[str]) -> None:
    with Pool(_act, 1) as pool:
        results = [result for _, result in pool.run([(["raise", "oops"], 1), (["pid", 0], 1)])]
    assert results[0] == Died("the scanner process died (exit code 1)")
    assert isinstance(results[1], int)
    assert "oops" in capfd.readouterr().err


def test_only_dying_workers_end_nevertheless() -> None:
    with Pool(_act, 2) as pool:
        results = list(pool.run([(["die", 9], 1)] * 40))
    assert len(results) == 40


def test_results_larger_than_a_socket_buffer_do_not_block() -> None:
    tasks = [(["big", 300_000], 1) for _ in range(100)]
    tasks += [(["pid", "y" * 100_000], 1) for _ in range(100)]
    with Pool(_act, 2) as pool:
        assert len(list(pool.run(tasks))) == 200


def test_a_task_that_hangs_is_stopped() -> None:
    with Pool(_act, 2, deadline=0.3) as pool:
        results = [result for _, result in pool.run([(["sleep", 60], 1), (["pid", 0], 1)])]
    assert Died("the scanner process was stopped after 0 seconds") in results
    assert any(isinstance(result, int) for result in results)


def test_closing_kills_workers_at_once() -> None:
    started = time.monotonic()
    with Pool(_act, 2) as pool:
        running = pool.run([(["pid", 0], 1 << 30), (["sleep", 60], 1), (["sleep", 60], 1)])
        pid = next(running)[1]
        assert isinstance(pid, int)
        zygote = pool._zygote
    assert time.monotonic() - started < 50
    assert not _alive(pid)
    assert not _alive(zygote)


def test_a_killed_zygote_is_replaced_when_it_is_needed() -> None:
    with Pool(_act, 2) as pool:
        os.kill(pool._zygote, signal.SIGKILL)
        tasks = [(["pid", 0], 1), (["die", 9], 1), (["pid", 0], 1), (["die", 9], 1)]
        results = [result for _, result in pool.run(tasks)]
    assert sum(isinstance(result, int) for result in results) == 2
    assert sum(isinstance(result, Died) for result in results) == 2


def test_no_descriptors_or_processes_are_left() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with Pool(_act, 2) as pool:
            list(pool.run([(["die", 9], 1), (["pid", 0], 1)]))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_ticks_come_while_workers_are_busy() -> None:
    ticks: list[float] = []
    with Pool(_act, 1) as pool:
        list(pool.run([(["sleep", 0.6], 1)], lambda: ticks.append(time.monotonic())))
    assert len(ticks) >= 3
