"""Bring signature databases up to date, or go back to those before.

What freshclam.conf says counts here too. Exit codes: 0 everything is up to date, 1 something is
stale, 2 something was damaged and is repaired, 3 something is broken and what was there before
stays in use, 4 the mirror wants to be left alone, 5 nothing could be done.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.updating import Chatter, become_owner, guarded, report, settings_of
from nacre.cvd.signature import OFFICIAL, Keys
from nacre.updater import notify
from nacre.updater.activate import rollback
from nacre.updater.options import options_of
from nacre.updater.update import update

if TYPE_CHECKING:
    import argparse

    from nacre.config.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="a freshclam.conf")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="the database folder")
    parser.add_argument(
        "--rollback", action="store_true", help="go back to the databases before the last update"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people or programs"
    )


def run(arguments: argparse.Namespace, keys: Keys = OFFICIAL) -> int:
    """Update, trusting `keys`; returns the exit code."""
    return guarded("nacre update", lambda: _update(arguments, keys))


def _update(arguments: argparse.Namespace, keys: Keys) -> int:
    settings = settings_of(arguments.config)
    options = options_of(settings, keys)
    if arguments.directory is not None:
        options = replace(options, directory=arguments.directory)
    become_owner(settings, options.directory)
    if arguments.rollback:
        return _back(options.directory, settings)
    outcome = update(options, Chatter())
    notify.after(outcome, settings, Chatter())
    return report(outcome, arguments.format)


def _back(directory: Path, settings: Settings) -> int:
    generation, skipped = rollback(directory)
    names = ", ".join(generation.files)
    sys.stdout.write(f"generation {generation.number} is in use again: {names}\n")
    for name, version in skipped.items():
        sys.stdout.write(f"{name}: version {version} is not taken again\n")
    notify.reload_clamd(settings, Chatter())
    return 0
