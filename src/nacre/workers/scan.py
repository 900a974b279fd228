"""Scanning many files, in this process or in several.

One process is this one, with a second thread: no start-up, no messages. With more, this process
only walks and reports, and no file is opened here.
"""

from __future__ import annotations

import os
import time
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from nacre.model.errors import ScanError
from nacre.model.filetype import BY_NUMBER, NUMBER
from nacre.model.verdict import Alert, Incident, Report, Strength, Verdict
from nacre.output.keeping import Keeping
from nacre.output.result import Result
from nacre.walk import Target
from nacre.workers.aside import TICK_SECONDS, Aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nacre.engine import Scanner
    from nacre.workers.pool import Task
    from nacre.workers.wire import Value

    _OneScan = Callable[[Target], Result | None]

_LARGE = 1 << 20
"""Bytes of a file that is scanned in a second thread."""
GRACE_SECONDS = 30.0
"""How much longer than MaxScanTime a process may be at one file before it is stopped."""


def scan_files(
    scanner: Scanner,
    targets: Iterable[Target],
    processes: int,
    tick: Callable[[], None] = lambda: None,
    *,
    leave: str | None = None,
) -> Iterator[Result]:
    """Scan `targets` and yield a result for each, in order of completion.

    A file that is gone by then has none. `leave` is the folder where what is taken out of files
    stays; None for nowhere.
    """
    scan = partial(_scan, scanner, leave)
    source = iter(targets)
    first = list(islice(source, 2))
    if processes < 2 or len(first) < 2:  # noqa: PLR2004 - one file needs no second process
        yield from _in_process(scan, chain(first, source), tick)
        return
    # Sockets and all that only when there are several processes: a small scan starts sooner.
    from nacre.workers.pool import Died, Pool  # noqa: PLC0415

    seconds = scanner.limits.max_scan_time / 1000
    deadline = seconds + GRACE_SECONDS if seconds else None
    with Pool(partial(_answer, scan), processes, deadline=deadline) as pool:
        for task, answer in pool.run(_tasks(chain(first, source)), tick):
            if isinstance(answer, Died):
                yield Result(_target(task).path, reason=answer.reason, lost=True)
            elif answer is not None:
                yield _result(_target(task), answer)


def _tasks(targets: Iterable[Target]) -> Iterator[Task]:
    for target in targets:
        task = [os.fsdecode(target.path), target.device, target.inode, target.size, target.link]
        yield task, target.size


def _target(task: Value) -> Target:
    path, device, inode, size, link = task
    return Target(os.fsencode(path), b"", b"", device, inode, size, link)


def scan_stream(
    scanner: Scanner,
    stream: BinaryIO,
    name: bytes,
    tick: Callable[[], None] = lambda: None,
    *,
    leave: str | None = None,
) -> Result:
    """Scan all that can be read from `stream`; `leave` as in `scan_files`."""

    def read(stream: BinaryIO) -> Result:
        keeping = Keeping(name, leave, json=False)
        try:
            report = scanner.scan_stream(stream, name, *keeping.watches)
        except ScanError as error:
            return Result(name, reason=error.reason)
        return Result(name, report, trouble=keeping.trouble)

    with Aside(read) as aside:
        return aside.run(stream, tick)


def _in_process(
    scan: _OneScan, targets: Iterable[Target], tick: Callable[[], None]
) -> Iterator[Result]:
    due = 0.0
    with Aside(scan) as aside:
        for target in targets:
            # The hand-over costs more than most small files, and no native call on one takes long.
            result = aside.run(target, tick) if target.size >= _LARGE else scan(target)
            if result is not None:
                yield result
            if time.monotonic() >= due:
                tick()
                due = time.monotonic() + TICK_SECONDS


def _answer(scan: _OneScan, task: Value) -> Value:
    result = scan(_target(task))
    if result is None:
        return None
    return result.reason if result.report is None else [pack(result.report), result.trouble]


def _scan(scanner: Scanner, leave: str | None, target: Target) -> Result | None:
    """None: it is gone since the walk met it, which is nothing that was left out."""
    try:
        fd = target.open()
    except FileNotFoundError:
        return None
    except ScanError as error:
        return Result(target.path, reason=error.reason)
    except OSError as error:
        return Result(target.path, reason=error.strerror or str(error))
    keeping = Keeping(target.path, leave, json=False)
    try:
        report = scanner.scan_fd(fd, target.path, *keeping.watches)
    except ScanError as error:
        return Result(target.path, reason=error.reason)
    finally:
        os.close(fd)
    return Result(target.path, report, trouble=keeping.trouble)


def _result(target: Target, answer: Value) -> Result:
    if isinstance(answer, str):
        return Result(target.path, reason=answer)
    report, trouble = answer
    return Result(target.path, unpack(report), trouble=trouble)


def pack(report: Report) -> Value:
    """A report as JSON can say it, short for the usual one."""
    return [
        report.verdict.value,
        NUMBER[report.file_type],
        report.size,
        report.bytes_scanned,
        report.layers,
        [
            [
                alert.name,
                alert.strength.value,
                alert.member,
                NUMBER[alert.file_type],
                alert.depth,
                [NUMBER[container] for container in alert.containers],
            ]
            for alert in report.alerts
        ],
        [[incident.reason, incident.member, incident.limit] for incident in report.incidents],
    ]


def unpack(value: Value) -> Report:
    """The report that `pack` packed."""
    verdict, file_type, size, bytes_scanned, layers, alerts, incidents = value
    return Report(
        Verdict(verdict),
        tuple(
            Alert(
                name,
                Strength(strength),
                tuple(member),
                BY_NUMBER[number],
                depth,
                tuple(BY_NUMBER[container] for container in containers),
            )
            for name, strength, member, number, depth, containers in alerts
        ),
        tuple(Incident(reason, tuple(member), limit) for reason, member, limit in incidents),
        BY_NUMBER[file_type],
        size,
        bytes_scanned,
        layers,
    )
