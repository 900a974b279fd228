"""clamonacc: on-access scanning by a clamd, nacre's or ClamAV's."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.clamdscan import address_of, waited
from nacre.config import daemon as meaning
from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program
from nacre.model.errors import ConfigError, NacreError
from nacre.output.version import ENGINE

if TYPE_CHECKING:
    from nacre.config.settings import Settings
    from nacre.output.journal import Journal
    from nacre.transport.clamd import Address

NAME = "clamonacc"
FAILED = 2
MAX_LIST = 1 << 20
"""Bytes of a list of paths."""


def main(argv: list[str]) -> int:
    """Run clamonacc with these arguments; returns its exit code."""
    try:
        line = parse(Program.CLAMONACC, NAME, argv)
    except UsageError as error:
        _say(*error.lines)
        return FAILED
    settings = line.settings
    if settings.flag("help"):
        from nacre.config.about import CLAMONACC  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        sys.stdout.write(help_text(Program.CLAMONACC, CLAMONACC, ENGINE).rstrip("\n") + "\n")
        return 0
    if settings.flag("version"):
        sys.stdout.write(f"ClamAV {ENGINE}\n")
        return 0
    path = settings.text("config_file") or str(config_path.config_file("clamd.conf"))
    try:
        daemon = config_file.load(Program.CLAMD, Path(path)).settings
        address = address_of(daemon)
    except ConfigError as error:
        _say(f"ERROR: Can't parse clamd configuration file {path}", f"ERROR: {error}")
        return FAILED
    try:
        code = waited(settings, address)
        return _protect(settings, daemon, address) if code is None else code
    except (NacreError, OSError) as error:
        _say(f"ERROR: {error}")
        return FAILED


def _protect(settings: Settings, daemon: Settings, address: Address) -> int:
    from nacre.cli.protecting import Found, lead_session, protect  # noqa: PLC0415 - not for --help
    from nacre.cli.session import action_of  # noqa: PLC0415
    from nacre.onaccess.daemon import Asking, Daemon, How  # noqa: PLC0415
    from nacre.onaccess.plan import plan_of  # noqa: PLC0415
    from nacre.onaccess.service import Hooks  # noqa: PLC0415
    from nacre.workers.process import leave_terminal, raise_descriptors  # noqa: PLC0415

    plan = plan_of(daemon, more=_list(settings, "watch_list"), less=_list(settings, "exclude_list"))
    event = meaning.event(daemon)
    if os.geteuid():
        raise ConfigError("clamonacc needs root")
    how = How.PATH if address.local else How.STREAM
    if settings.flag("stream"):
        how = How.STREAM
    if settings.flag("fdpass") and address.local:
        how = How.DESCRIPTOR
    asking = Asking(
        address,
        how,
        daemon.number("on_access_curl_timeout") / 1000 or plan.patience,
        1 + daemon.number("on_access_retry_attempts"),
        max(1, daemon.number("on_access_max_threads")),
    )
    journal = _journal(settings, daemon)
    ready = (lambda: None) if settings.flag("foreground") else leave_terminal(FAILED)
    lead_session()
    raise_descriptors()
    made: list[Daemon] = []
    plan = replace(plan, scope=replace(plan.scope, friend=lambda: made[0].pid if made else 0))

    def scanner() -> Daemon:
        made.append(Daemon(asking))
        return made[0]

    with ExitStack() as stack:
        found = Found(journal, event, action_of(settings, stack))
        hooks = Hooks(found=found, changed=lambda: _version(address), ready=ready)
        return protect(plan, scanner, journal, hooks)


def _version(address: Address) -> object:
    """What clamd says of its signatures; its process is another one when it was started again."""
    from nacre.onaccess.daemon import process_of  # noqa: PLC0415
    from nacre.transport.clamd import ask  # noqa: PLC0415

    try:
        return ask(address, b"VERSION", 10.0), process_of(address)
    except (NacreError, OSError):
        return None


def _list(settings: Settings, key: str) -> list[str]:
    """The paths in a file, one in a line. Raises ConfigError."""
    name = settings.text(key)
    if name is None:
        return []
    try:
        with Path(name).open("rb") as file:
            lines = os.fsdecode(file.read(MAX_LIST)).splitlines()
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from error
    return [line.strip() for line in lines if line.strip()]


def _journal(settings: Settings, daemon: Settings) -> Journal:
    """Its own log, not that of clamd, which has it locked."""
    from nacre.output.journal import Journal, JournalStyle  # noqa: PLC0415

    style = replace(
        JournalStyle.of(daemon),
        log_file=settings.text("log_file"),
        log_verbose=settings.flag("verbose") or daemon.flag("log_verbose"),
        foreground=settings.flag("foreground") and not settings.flag("quiet"),
    )
    journal = Journal(style, NAME)
    journal.open()
    return journal


def _say(*lines: str) -> None:
    sys.stderr.writelines(f"{line}\n" for line in lines)
