"""Say what is wrong with this host, and how to mend it.

Exit codes: 0 nothing, 1 there are warnings, 2 there are problems.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.monitor import Host, Level, examine
from nacre.output.escape import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from nacre.monitor.examination import Result

_CODES = {Level.OK: 0, Level.NOTE: 0, Level.WARNING: 1, Level.PROBLEM: 2}
_MARKS = {Level.OK: "ok", Level.NOTE: "note", Level.WARNING: "WARNING", Level.PROBLEM: "PROBLEM"}
_COLOURS = {Level.OK: "32", Level.NOTE: "36", Level.WARNING: "33", Level.PROBLEM: "31;1"}
_WIDTH = 100
_INDENT = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument(
        "-c", "--config-file", type=Path, metavar="FILE", help="the clamd.conf of this host"
    )
    parser.add_argument(
        "-d", "--database", type=Path, metavar="PATH", help="databases, if elsewhere than it says"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people or programs"
    )


def run(arguments: argparse.Namespace) -> int:
    """Examine this host; returns the exit code."""
    results = tuple(examine(Host.here(arguments.config_file, arguments.database)))
    worst = max((finding.level for result in results for finding in result.findings), default=0)
    if arguments.format == "json":
        sys.stdout.write(json.dumps([_json(result) for result in results], indent=2) + "\n")
    else:
        colour = sys.stdout.isatty()
        sys.stdout.writelines(f"{line}\n" for line in _lines(results, colour=colour))
    return _CODES[Level(worst)]


def _lines(results: tuple[Result, ...], *, colour: bool) -> Iterator[str]:
    for result in results:
        yield result.title
        for finding in result.findings:
            mark = _MARKS[finding.level].ljust(_INDENT - 2)
            if colour:
                mark = f"\x1b[{_COLOURS[finding.level]}m{mark}\x1b[0m"
            first, *more = textwrap.wrap(printable(finding.what), _WIDTH - _INDENT) or [""]
            yield f"  {mark}{first}"
            mend = textwrap.wrap(f"→ {printable(finding.mend)}", _WIDTH - _INDENT)
            for line in (*more, *(mend if finding.mend else ())):
                yield " " * _INDENT + line
    counts = [
        sum(finding.level is level for result in results for finding in result.findings)
        for level in (Level.PROBLEM, Level.WARNING)
    ]
    yield ""
    yield f"{_several(counts[0], 'problem')}, {_several(counts[1], 'warning')}"


def _several(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"


def _json(result: Result) -> dict[str, object]:
    return {
        "check": result.name,
        "findings": [
            {"level": finding.level.name.lower(), "what": finding.what, "mend": finding.mend}
            for finding in result.findings
        ],
    }
