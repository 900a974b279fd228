"""Compile, show and check signature databases, or put into use what something else brought.

Compiling happens by itself where it is needed; `compile` does it beforehand, for example after an
update. `activate` has the exit codes of `nacre update`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config.path import database_directory
from nacre.cvd.signature import OFFICIAL
from nacre.database import Database, FileRecord, verify
from nacre.output.database import described, place, to_json
from nacre.output.escape import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

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
        if action is _info:
            subparser.add_argument(
                "--format", choices=("text", "json"), default="text", help="for people or programs"
            )

    about = "Verify, try and put into use the databases in a folder, as a whole."
    activate = actions.add_parser("activate", help=about, description=about)
    activate.add_argument("source", type=Path, metavar="DIR", help="where they are")
    activate.add_argument("--config", type=Path, metavar="FILE", help="a freshclam.conf")
    activate.add_argument("--directory", type=Path, metavar="DIR", help="the database folder")
    activate.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people or programs"
    )
    activate.set_defaults(action=_activate, keys=OFFICIAL)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for; returns the exit code."""
    action: Callable[[argparse.Namespace], int] = arguments.action
    return action(arguments)


def _paths(arguments: argparse.Namespace) -> list[Path]:
    return [*arguments.path, *(arguments.database or [])] or [database_directory()]


def _compile(arguments: argparse.Namespace) -> int:
    """Compile signatures into an image, even if there is a current one."""
    database = Database.open(_paths(arguments), anew=True)
    for warning in database.warnings:
        _say(f"warning: {warning}")
    for file in database.record.files:
        _say_malformed(file)
    _say(f"{database.signatures} signatures compiled into {place(database)}")
    return OK


def _info(arguments: argparse.Namespace) -> int:
    """Show what is in a database: counts by file and by type."""
    database = Database.open(_paths(arguments))
    if arguments.format == "json":
        _say(to_json(database))
    else:
        for line in described(database):
            _say(line)
    return OK


def _verify(arguments: argparse.Namespace) -> int:
    """Read all sources again and check that the image is current and complete."""
    result = verify(_paths(arguments))
    for problem in result.problems:
        _say(problem)
    if not result.problems:
        _say(f"{result.record.signatures} signatures: the image is current and complete")
    return WRONG if result.problems else OK


def _activate(arguments: argparse.Namespace) -> int:
    from nacre.cli.updating import guarded  # noqa: PLC0415 - no other action needs it

    return guarded("nacre db activate", lambda: _activated(arguments))


def _activated(arguments: argparse.Namespace) -> int:
    from nacre.cli.updating import Chatter, become_owner, report, settings_of  # noqa: PLC0415
    from nacre.config.trusted import trusted_keys  # noqa: PLC0415
    from nacre.updater import activate, notify  # noqa: PLC0415

    settings = settings_of(arguments.config)
    directory = arguments.directory or Path(
        settings.text("database_directory") or database_directory()
    )
    become_owner(settings, directory)
    keys = trusted_keys(settings, arguments.keys)
    outcome = activate.activate(directory, arguments.source, keys, Chatter())
    notify.after(outcome, settings, Chatter())
    return report(outcome, arguments.format)


def _say_malformed(file: FileRecord) -> None:
    for line in file.malformed[:MAX_LINES]:
        _say(f"warning: {printable(file.name)}:{line.line}: {line.reason}")
    if file.malformed_count > MAX_LINES:
        more = file.malformed_count - MAX_LINES
        _say(f"warning: {printable(file.name)}: {more} more malformed lines")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "compile": _compile,
    "info": _info,
    "verify": _verify,
}
