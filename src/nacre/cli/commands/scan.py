"""Scan files and folders.

Prints alerts as they come, and what could not be fully scanned with the reason. Exit code: 0 clean,
1 alert, 2 error, 3 no alert but something was not fully scanned.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nacre.config.path import database_directory
from nacre.database import Database
from nacre.engine import Scanner, temporary_directory
from nacre.model.errors import ConfigError, DatabaseError
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions
from nacre.output.escape import printable
from nacre.output.leavings import run_folder
from nacre.output.result import ExitCode, Result
from nacre.output.scan import ScanOutput
from nacre.signatures.registry import BY_SUFFIX, CONTAINERS, suffix_of
from nacre.walk import (
    Event,
    Excluded,
    Follow,
    Gone,
    Plan,
    Reason,
    SymbolicLink,
    Target,
    Unreadable,
    Unsupported,
    visit,
)
from nacre.walk.pattern import make_filter
from nacre.workers.scan import scan_files, scan_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.workers.yara import YaraRules

STDIN = "-"
COUNT_SECONDS = 0.005
"""Time given at each tick to counting the files there are."""
MAX_JOBS = 512
MAX_TROUBLES = 50
"""YARA rules that cannot be used and are named one by one."""
MAX_DEPTH = 10_000
"""Nested folders; paths longer than the kernel takes end the walk much earlier."""
MAX_RECURSION = 100
MAX_DIGITS = 15
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``nacre scan``."""
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help=f"file or folder; {STDIN} is standard input")
    add(
        "-d",
        "--database",
        action="append",
        metavar="PATH",
        help="signatures: file or folder (repeatable)",
    )
    add(
        "--yara",
        action="append",
        default=[],
        metavar="PATH",
        help="YARA rules of the whole language: file or folder (repeatable; needs nacre[yara])",
    )
    add(
        "-j",
        "--jobs",
        type=_jobs,
        default=_cores(),
        metavar="N",
        help="processes (default: all cores)",
    )
    add("--format", choices=("text", "json", "jsonl"), default="text", help="output format")
    add("-z", "--all-match", action="store_true", help="report every match, not only the first")
    add("--detect-pua", action="store_true", help="use signatures of potentially unwanted programs")
    add(
        "--strict", action="store_true", help="stop at a malformed signature instead of skipping it"
    )
    add("--accept-incomplete", action="store_true", help="exit with 0 instead of 3")
    add("-q", "--quiet", action="store_true", help="print alerts and errors only")
    add("-v", "--verbose", action="store_true", help="print clean and skipped files as well")
    add(
        "--leave-temps",
        action="store_true",
        help="leave what is taken out of files (members, macros, normalised pages) in a new folder",
    )
    add("--no-progress", action="store_true", help="no progress line")
    visited = parser.add_argument_group("which files (patterns are regular expressions)")
    add = visited.add_argument
    for option, what in (
        ("--exclude", "leave out files whose path matches"),
        ("--include", "scan only files whose path matches"),
        ("--exclude-dir", "leave out folders whose path matches"),
        ("--include-dir", "visit only folders whose path matches"),
    ):
        add(option, action="append", default=[], metavar="REGEX", help=f"{what} (repeatable)")
    add("--follow", action="store_true", help="follow symbolic links below the given paths")
    add("--one-file-system", action="store_true", help="stay on the file system of each given path")
    limits = parser.add_argument_group("limits per file (0: none; sizes take K, M, G)")
    add = limits.add_argument
    add("--max-filesize", type=_size, metavar="SIZE", help="largest file or member (default 100M)")
    add("--max-scansize", type=_size, metavar="SIZE", help="all members together (default 400M)")
    add("--max-files", type=_count, metavar="N", help="members (default 10000)")
    add("--max-recursion", type=_depth, metavar="N", help="nested archives (default 17)")
    add("--max-scantime", type=_count, metavar="MS", help="milliseconds (default 120000)")
    add("--alert-exceeds-max", action="store_true", help="alert when a limit is exceeded")
    add("--tempdir", metavar="DIR", help="folder for large temporary data and --leave-temps")


def run(arguments: argparse.Namespace) -> int:
    """Scan, print, and return the exit code."""
    plan = _plan(arguments)
    output = ScanOutput(
        arguments.format,
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        progress=not (arguments.no_progress or arguments.quiet),
    )
    database = _database(arguments, output)
    plan = replace(plan, skip_folders=database.folders)
    with ExitStack() as stack:
        leave = None
        if arguments.leave_temps:
            leave = stack.enter_context(run_folder(temporary_directory(arguments.tempdir)))
            plan = replace(plan, skip_folders=plan.skip_folders | {_identity(leave)})
            output.note(f"what is taken out of files is left in {printable(str(leave))}")
        rules = _yara(arguments, output, stack)
        scanner = Scanner(database, _options(arguments), _limits(arguments), rules)
        count = database.record.count(pua=arguments.detect_pua) + (rules.count if rules else 0)
        output.begin(count)
        try:
            _scan_all(arguments, plan, scanner, output, leave)
        except KeyboardInterrupt:
            _leave(output)
    code = output.tally.exit_code(accept_incomplete=arguments.accept_incomplete)
    output.end(code)
    return code


def _leave(output: ScanOutput) -> NoReturn:
    """End at once, whatever a thread is still scanning; another Ctrl-C ends even this."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        output.end(ExitCode.INTERRUPTED)
    finally:
        os._exit(ExitCode.INTERRUPTED)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _scan_all(
    arguments: argparse.Namespace,
    plan: Plan,
    scanner: Scanner,
    output: ScanOutput,
    folder: Path | None,
) -> None:
    leave = None if folder is None else str(folder)
    paths = [os.fsencode(path) for path in arguments.paths if path != STDIN]
    census = None if output.progress is None else _Census(paths, plan)

    def tick() -> None:
        if census is not None and output.progress is not None:
            output.progress.total = census.advance()
        output.tick()

    if len(paths) < len(arguments.paths):
        output.result(scan_stream(scanner, sys.stdin.buffer, b"stdin", tick, leave=leave))
    targets = _targets(paths, plan, output)
    for result in scan_files(scanner, targets, arguments.jobs, tick, leave=leave):
        output.result(result)


class _Census:
    """Counts the files there are, a little at each tick, so that the time left can be foretold."""

    def __init__(self, paths: list[bytes], plan: Plan) -> None:
        self._events = chain.from_iterable(visit(path, plan) for path in paths)
        self._files = 0
        self._bytes = 0
        self._finished = False

    def advance(self) -> tuple[int, int] | None:
        """Files and bytes once all are counted."""
        stop = time.monotonic() + COUNT_SECONDS
        while not self._finished and time.monotonic() < stop:
            event = next(self._events, None)
            self._finished = event is None
            if isinstance(event, Target):
                self._files += 1
                self._bytes += event.size
        return (self._files, self._bytes) if self._finished else None


def _targets(paths: list[bytes], plan: Plan, output: ScanOutput) -> Iterator[Target]:
    """The files to scan; everything else that the walk meets is told to `output`."""
    for path in paths:
        for event in visit(path, plan):
            if isinstance(event, Target):
                yield event
            else:
                _tell(event, path, output)


def _tell(event: Event, argument: bytes, output: ScanOutput) -> None:
    named = event.path == argument
    match event:
        case Gone(path, code) | Unreadable(path, code):
            # A file that vanished during the walk is none that was left out.
            if named or code != errno.ENOENT:
                output.result(Result(path, reason=os.strerror(code)))
        case Excluded(path, Reason.VIRTUAL | Reason.OWN as reason) if named:
            output.result(Result(path, reason=f"not scanned: {reason.value}"))
        case SymbolicLink(path) if named:
            output.result(Result(path, reason="symbolic link that leads nowhere"))
        case Unsupported(path) if named:
            output.result(Result(path, reason="not a regular file"))
        case SymbolicLink(path):
            output.detail(f"{printable(path)}: skipped: symbolic link")
        case Unsupported(path):
            output.detail(f"{printable(path)}: skipped: not a regular file")
        case Excluded(path, reason, pattern):
            why = reason.value if pattern is None else f"{reason.value} {pattern}"
            output.detail(f"{printable(path)}: skipped: {why}")
        case _:
            pass


def _database(arguments: argparse.Namespace, output: ScanOutput) -> Database:
    folder = Path(database_directory())
    if arguments.database:
        paths = [Path(path) for path in arguments.database]
    elif any(_holds_signatures(name) for name in _names(folder)):
        paths = [folder]
    else:
        output.note(
            f"no signatures in {folder}: using the built-in test signatures only. Get real ones "
            "with freshclam (Debian: apt install clamav-freshclam), or name some with -d"
        )
        return Database.builtin()
    database = Database.open(paths, strict=arguments.strict, pua=arguments.detect_pua)
    for warning in database.warnings:
        output.note(f"warning: {warning}")
    for file in database.record.files:
        if file.malformed:
            first = file.malformed[0]
            output.note(
                f"warning: {printable(file.name)}: {file.malformed_count:,} malformed lines "
                f"skipped, the first is line {first.line}: {printable(first.reason)}"
            )
    if not database.signatures:
        raise DatabaseError(f"no usable signature in {', '.join(map(str, paths))}")
    return database


def _yara(arguments: argparse.Namespace, output: ScanOutput, stack: ExitStack) -> YaraRules | None:
    if not arguments.yara:
        return None
    from nacre.workers.yara import YaraRules  # noqa: PLC0415 - few runs need it

    rules = stack.enter_context(YaraRules.open(arguments.yara))
    for trouble in rules.troubles[:MAX_TROUBLES]:
        output.note(f"warning: {printable(str(trouble))}")
    if len(rules.troubles) > MAX_TROUBLES:
        more = len(rules.troubles) - MAX_TROUBLES
        output.note(f"warning: and {more:,} more YARA rules that cannot be used")
    return rules


def _holds_signatures(name: str) -> bool:
    suffix = suffix_of(name)
    return suffix in BY_SUFFIX or suffix in CONTAINERS


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are all that is needed
    except OSError:
        return []


def _options(arguments: argparse.Namespace) -> ScanOptions:
    options = ScanOptions(
        all_match=arguments.all_match,
        detect_pua=arguments.detect_pua,
        alert_exceeds_max=arguments.alert_exceeds_max,
        temporary_directory=arguments.tempdir,
    )
    # What is known to be clean is not opened again.
    return replace(options, cache_size=0) if arguments.leave_temps else options


def _limits(arguments: argparse.Namespace) -> Limits:
    given = {
        "max_file_size": arguments.max_filesize,
        "max_scan_size": arguments.max_scansize,
        "max_files": arguments.max_files,
        "max_recursion": arguments.max_recursion,
        "max_scan_time": arguments.max_scantime,
    }
    return Limits.bounded({name: value for name, value in given.items() if value is not None})


def _plan(arguments: argparse.Namespace) -> Plan:
    follow = Follow.ALWAYS if arguments.follow else Follow.ARGUMENTS
    files, bad_files = make_filter(arguments.exclude, arguments.include)
    directories, bad_directories = make_filter(arguments.exclude_dir, arguments.include_dir)
    for error in (*bad_files, *bad_directories):
        raise ConfigError(error.reason)
    return Plan(
        recursive=True,
        max_depth=MAX_DEPTH,
        follow_directories=follow,
        follow_files=follow,
        cross_filesystems=not arguments.one_file_system,
        files=files,
        directories=directories,
        skip_virtual=True,
    )


def _cores() -> int:
    """Cores this process may use."""
    return min(MAX_JOBS, len(os.sched_getaffinity(0)))


def _jobs(text: str) -> int:
    count = _count(text)
    if not 1 <= count <= MAX_JOBS:
        raise argparse.ArgumentTypeError(f"'{text}' is not between 1 and {MAX_JOBS}")
    return count


def _depth(text: str) -> int:
    depth = _count(text)
    if not 1 <= depth <= MAX_RECURSION:
        raise argparse.ArgumentTypeError(f"'{text}' is not between 1 and {MAX_RECURSION}")
    return depth


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number")
    return int(text)


def _size(text: str) -> int:
    unit = _UNITS.get(text[-1:].lower(), 1)
    return _count(text if unit == 1 else text[:-1]) * unit
