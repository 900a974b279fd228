"""Compile, show and check signature databases.

Compiling happens by itself where it is needed; `compile` does it beforehand, for example after an
update.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config.path import database_directory
from nacre.database import Database, FileRecord, SourceRecord, verify
from nacre.output.escape import printable
from nacre.output.quantity import size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

OK = 0
WRONG = 1
MAX_LINES = 10
"""Malformed lines shown for one file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions and what they take."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, action in _ACTIONS.items():
        about = (action.__doc__ or "").partition("\n")[0]
        subparser = actions.add_parser(name, help=about, description=about)
        subparser.add_argument(
            "path",
            nargs="*",
            type=Path,
            help=f"signature file or folder (default: {database_directory()})",
        )
        subparser.add_argument(
            "-d", "--database", action="append", type=Path, metavar="PATH", help="the same"
        )
        subparser.set_defaults(action=action)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for; returns the exit code."""
    action: Callable[[list[Path]], int] = arguments.action
    paths = [*arguments.path, *(arguments.database or [])]
    return action(paths or [database_directory()])


def _compile(paths: list[Path]) -> int:
    """Compile signatures into an image, even if there is a current one."""
    database = Database.open(paths, anew=True)
    for warning in database.warnings:
        _say(f"warning: {warning}")
    for file in database.record.files:
        _say_malformed(file)
    _say(f"{database.signatures} signatures compiled into {_where(database)}")
    return OK


def _info(paths: list[Path]) -> int:
    """Show what is in a database, file by file."""
    database = Database.open(paths)
    for source in database.record.sources:
        for line in _described(source):
            _say(line)
    _say(f"{database.signatures} signatures in {_where(database)}")
    return OK


def _verify(paths: list[Path]) -> int:
    """Read all sources again and check that the image is current and complete."""
    result = verify(paths)
    for problem in result.problems:
        _say(problem)
    if not result.problems:
        _say(f"{result.record.signatures} signatures: the image is current and complete")
    return WRONG if result.problems else OK


def _described(source: SourceRecord) -> Iterator[str]:
    origin = "official" if source.official else "unofficial"
    version = "" if source.version is None else f", version {source.version} of {source.build_time}"
    yield f"{printable(source.path)}: {size(source.size)}, {origin}{version}"
    for file in source.files:
        left_out = f", {file.skipped} skipped" if file.skipped else ""
        wrong = f", {file.malformed_count} malformed" if file.malformed_count else ""
        yield (
            f"  {printable(file.name)}: {file.signatures} x {file.type}, "
            f"{file.status}{left_out}{wrong}"
        )


def _say_malformed(file: FileRecord) -> None:
    for line in file.malformed[:MAX_LINES]:
        _say(f"warning: {printable(file.name)}:{line.line}: {line.reason}")
    if file.malformed_count > MAX_LINES:
        more = file.malformed_count - MAX_LINES
        _say(f"warning: {printable(file.name)}: {more} more malformed lines")


def _where(database: Database) -> str:
    if database.path is None:
        return "memory: no folder for an image can be written"
    return f"{printable(str(database.path))} ({size(database.path.stat().st_size)})"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


_ACTIONS: dict[str, Callable[[list[Path]], int]] = {
    "compile": _compile,
    "info": _info,
    "verify": _verify,
}
