"""Make this host protected again, for the event handler of a monitoring system.

What is damaged comes back from the generation before, or from a mirror; what works is not touched.
Exit codes: 0 the host is protected, 2 it is not, and it says why.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.updating import Chatter, end_of, guarded, settings_of
from nacre.cvd.signature import OFFICIAL, Keys
from nacre.monitor.host import Host
from nacre.monitor.measurement import State
from nacre.monitor.probe import probe
from nacre.monitor.target import Target
from nacre.output.update import End
from nacre.updater import notify
from nacre.updater.options import options_of
from nacre.updater.update import update

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

PROTECTED, UNPROTECTED = 0, 2
SECONDS = 30.0
"""That clamd may take for an answer: it may just be loading."""
_GOOD = frozenset({End.FRESH, End.STALE, End.REPAIRED, End.BLOCKED})
"""Ends of an update after which whole databases are in use."""
_ABOUT_DAEMON = frozenset({"clamd", "reply", "eicar"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="a freshclam.conf")
    parser.add_argument("--clamd-config", type=Path, metavar="FILE", help="the clamd.conf")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="the database folder")


def run(arguments: argparse.Namespace, keys: Keys = OFFICIAL) -> int:
    """Repair, trusting `keys`; returns the exit code."""
    code = guarded("nacre repair", lambda: _repair(arguments, keys))
    return code if code in {PROTECTED, UNPROTECTED} else UNPROTECTED


def _repair(arguments: argparse.Namespace, keys: Keys) -> int:
    settings = settings_of(arguments.config)
    options = options_of(settings, keys)
    if arguments.directory is not None:
        options = replace(options, directory=arguments.directory)
    outcome = update(options, Chatter())
    notify.after(outcome, settings, Chatter())
    end = end_of(outcome)
    for name, result in outcome.results.items():
        detail = f": {result.detail}" if result.detail else ""
        version = "" if result.version is None else f" {result.version}"
        sys.stdout.write(f"{name}{version}: {result.status.value}{detail}\n")
    good = end in _GOOD and bool(outcome.results)
    for said, sound in _daemon(arguments.clamd_config, options.directory):
        good &= sound
        sys.stdout.write(f"{said}\n")
    sys.stdout.write("this host is protected\n" if good else "this host is NOT protected\n")
    return PROTECTED if good else UNPROTECTED


def _daemon(config: Path | None, database: Path) -> Iterator[tuple[str, bool]]:
    """What clamd says of itself, where one is configured, and whether that is well."""
    address = Host.here(config, database).address()
    if address is None:
        return
    target = Target(address, None, 1e9, 1e9, SECONDS)
    for one in probe(target):
        if one.name in _ABOUT_DAEMON:
            yield one.said, one.state is not State.CRITICAL
