"""Scan files when they are opened, and keep those that alert from being opened.

`nacre onaccess DIR ...` protects everything below these folders, and what OnAccessIncludePath and
OnAccessMountPath of clamd.conf name; its other OnAccess options count as well. No clamd is needed.
`nacre onaccess status` says how it is going. Needs root. Exit codes: 0 ended as told, 2 something
cannot be protected.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import daemon as meaning
from nacre.config import file as config_file
from nacre.config.command_line import parse
from nacre.config.option import Program
from nacre.config.own import own_settings
from nacre.config.path import config_file as default_path
from nacre.config.path import present
from nacre.model.errors import ConfigError, NacreError

if TYPE_CHECKING:
    import argparse

    from nacre.config.settings import Settings

STATUS = Path("/run/nacre-onaccess.json")
OLD_SECONDS = 30
"""Age of a status file that nobody writes any more."""
FINE, STOPPED, FAILED = 0, 1, 2
_SLOW_SECONDS = 10.0
"""After which a worker is replaced: everybody who waited for it has been answered before."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("paths", nargs="*", metavar="DIR", help="what to protect, or: status")
    parser.add_argument("--config-file", type=Path, metavar="FILE", help="the clamd.conf")
    parser.add_argument("-d", "--database", type=Path, metavar="DIR", help="the database folder")
    parser.add_argument(
        "--strict", action="store_true", help="ask each time: closes what writers through mmap open"
    )
    parser.add_argument("--notify-only", action="store_true", help="only tell what alerts")
    parser.add_argument("--log", metavar="FILE", help="append to FILE, too")
    parser.add_argument("--status-file", type=Path, default=STATUS, metavar="FILE")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of status")


def run(arguments: argparse.Namespace) -> int:
    """Protect, or say how it is going; returns the exit code."""
    if arguments.paths == ["status"]:
        return _status(arguments.status_file, arguments.format)
    try:
        return _protect(arguments)
    except (NacreError, OSError) as error:
        sys.stderr.write(f"nacre onaccess: {error}\n")
        return FAILED


def _protect(arguments: argparse.Namespace) -> int:
    from nacre.cli.protecting import (  # noqa: PLC0415 - not for status
        Found,
        lead_session,
        protect,
        signatures_of,
    )
    from nacre.daemon.plan import recipe_of  # noqa: PLC0415
    from nacre.onaccess.plan import plan_of  # noqa: PLC0415
    from nacre.onaccess.service import Hooks  # noqa: PLC0415
    from nacre.onaccess.workers import Workers  # noqa: PLC0415
    from nacre.output.journal import Journal, JournalStyle  # noqa: PLC0415
    from nacre.workers.confined import plant  # noqa: PLC0415
    from nacre.workers.crew import Staffing  # noqa: PLC0415
    from nacre.workers.process import raise_descriptors  # noqa: PLC0415
    from nacre.workers.scanning import Garden  # noqa: PLC0415
    from nacre.workers.seed import fork_seed  # noqa: PLC0415

    settings = _settings(arguments)
    plan = plan_of(settings, strict=arguments.strict, more=arguments.paths)
    event = meaning.event(settings)
    if os.geteuid():
        raise ConfigError("on-access scanning needs root")
    lead_session()
    raise_descriptors()
    journal = Journal(JournalStyle.of(settings), "nacre-onaccess")
    journal.open()
    recipe = recipe_of(settings, own_settings())
    sow = partial(fork_seed, partial(plant, recipe), partial(_prepare, settings))
    garden = Garden(sow(), sow)
    threads = max(1, settings.number("on_access_max_threads"))
    staffing = Staffing(
        warm=min(threads, os.cpu_count() or 1), most=threads, deadline=_SLOW_SECONDS
    )

    def lost() -> None:
        journal.error("on-access: the process that forks workers died; starting another")
        os.kill(os.getpid(), signal.SIGUSR2)  # load again

    hooks = Hooks(
        found=Found(journal, event),
        changed=signatures_of(Path(recipe.paths[0])),
        ready=lambda: _say("protected"),
        status=arguments.status_file,
    )
    return protect(plan, lambda: Workers(garden, staffing, lost), journal, hooks)


def _prepare(settings: Settings) -> None:
    """What the process that all workers come from does first: they need no rights of root's."""
    from nacre.workers.preload import preload  # noqa: PLC0415 - all that scans
    from nacre.workers.process import become  # noqa: PLC0415

    preload()
    entry = meaning.account(settings)
    if entry is not None:
        become(entry)


def _settings(arguments: argparse.Namespace) -> Settings:
    """What clamd.conf says, which need not exist when folders are named."""
    path = arguments.config_file or default_path("clamd.conf")
    settings = parse(Program.CLAMD, "nacre onaccess", []).settings
    if arguments.config_file is not None or present(path):
        settings = settings.over(config_file.load(Program.CLAMD, path).settings)
    values = dict(settings.values)
    if "on_access_prevention" not in settings.given or arguments.notify_only:
        values["on_access_prevention"] = not arguments.notify_only
    if arguments.database is not None:
        values["database_directory"] = str(arguments.database.absolute())
    if arguments.log is not None:
        values["log_file"] = arguments.log
    return replace(settings, values=values)


def _status(path: Path, style: str) -> int:
    try:
        status = json.loads(path.read_bytes()[: 1 << 20])
        age = time.time() - status["written"]
        alive = Path(f"/proc/{status['pid']}").exists() and age < OLD_SECONDS
    except (OSError, ValueError, KeyError, TypeError):
        _say("not running")
        return STOPPED
    if style == "json":
        sys.stdout.write(json.dumps({**status, "running": alive}, indent=1) + "\n")
        return FINE if alive else STOPPED
    mode = "strict" if status["strict"] else "fast"
    does = "prevents" if status["prevention"] else "tells only"
    state = "running" if alive else "NOT running any more"
    _say(
        f"{state} (process {status['pid']}), {does}, {mode}: {', '.join(status['paths'])}",
        f"asked {status['asked']} times: {status['scanned']} scans, {status['known']} known",
        f"denied {status['denied']}, failed {status['failed']}, "
        f"not fully scanned {status['incomplete']}, without a verdict in time {status['overdue']}",
        f"lost by the kernel: {status['overflows']} times; waiting now: {status['waiting']}",
    )
    return FINE if alive else STOPPED


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
