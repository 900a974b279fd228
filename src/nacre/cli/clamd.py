"""clamd: from the command line and clamd.conf to a daemon."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program
from nacre.config.own import own_settings
from nacre.model.errors import ConfigError
from nacre.output.version import ENGINE, version_line
from nacre.workers.process import leave_terminal

if TYPE_CHECKING:
    from nacre.config.settings import Settings

NAME = "clamd"
FAILED = 1
"""Exit code of a daemon that did not start."""
NO_PID_FILE = 2
"""Of one that could not write its PID file."""


def main(argv: list[str]) -> int:
    """Run clamd with these arguments; returns its exit code."""
    try:
        line = parse(Program.CLAMD, NAME, argv)
    except UsageError as error:
        _say(*(f"WARNING: {text}" for text in error.warnings), *error.lines)
        return FAILED
    _say(*(f"WARNING: {text}" for text in line.warnings))
    if line.settings.flag("help"):
        from nacre.config.about import CLAMD  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        sys.stdout.write(help_text(Program.CLAMD, CLAMD, ENGINE).rstrip("\n") + "\n")
        return 0
    try:
        settings = _settings(line.settings)
        if line.settings.flag("version"):
            sys.stdout.write(version_line((_database(settings),)) + "\n")
            return 0
        return _run(settings)
    except ConfigError as error:
        _say(f"ERROR: {error}")
        return FAILED


def _settings(given: Settings) -> Settings:
    path = given.text("config_file") or str(config_path.config_file("clamd.conf"))
    loaded = config_file.load(Program.CLAMD, Path(path))
    _say(*(f"WARNING: {text}" for text in loaded.warnings))
    return given.over(loaded.settings)


def _database(settings: Settings) -> str:
    return settings.text("database_directory") or str(config_path.database_directory())


def _run(settings: Settings) -> int:
    from nacre.daemon.service import PidFileError, Service  # noqa: PLC0415 - not for --version
    from nacre.output.journal import Journal, JournalStyle  # noqa: PLC0415

    journal = Journal(JournalStyle.of(settings))
    try:
        journal.open()
    except ConfigError as error:
        raise settings.wrong("log_file", error.reason) from error
    try:
        service = Service(settings, journal, own_settings())
        return service.run() if settings.flag("foreground") else service.run(leave_terminal(FAILED))
    except ConfigError as error:
        journal.error(str(error))
        if not settings.flag("foreground"):
            _say(f"ERROR: {error}")
        return NO_PID_FILE if isinstance(error, PidFileError) else FAILED
    finally:
        journal.close()


def _say(*lines: str) -> None:
    for text in lines:
        sys.stderr.write(text + "\n")
