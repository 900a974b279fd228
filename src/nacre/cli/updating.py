"""What the commands that change databases share: their settings, and their ends."""

from __future__ import annotations

import os
import pwd
import sys
from typing import TYPE_CHECKING

from nacre.config import file as config_file
from nacre.config.command_line import parse
from nacre.config.option import Program
from nacre.config.path import config_file as default_path
from nacre.config.path import present
from nacre.model.errors import NacreError
from nacre.output.freshclam import Trouble
from nacre.output.update import End, lines, to_json
from nacre.updater.outcome import Status
from nacre.workers.process import become

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nacre.config.settings import Settings
    from nacre.updater.outcome import Outcome


class Chatter:
    """Says on the standard error what is not as it should be; the rest is in the report."""

    def line(self, text: str) -> None:
        """Nothing: the report says it."""

    verbose = line

    def warning(self, text: str) -> None:
        """A line."""
        sys.stderr.write(f"warning: {text.encode('ascii', 'backslashreplace').decode()}\n")

    error = warning


def settings_of(path: Path | None) -> Settings:
    """What freshclam.conf says; the defaults where there is none. Raises ConfigError."""
    defaults = parse(Program.FRESHCLAM, "nacre", []).settings
    file = path or default_path("freshclam.conf")
    if path is None and not present(file):
        return defaults
    return defaults.over(config_file.load(Program.FRESHCLAM, file).settings)


def become_owner(settings: Settings, directory: Path) -> None:
    """Make the folder and work as its owner (DatabaseOwner), when started by root.

    Raises:
        ConfigError: there is no such user.
        OSError: the folder cannot be made.
    """
    name = settings.text("database_owner")
    try:
        entry = pwd.getpwnam(name) if name is not None and not os.geteuid() else None
    except KeyError:
        raise settings.wrong("database_owner", f"DatabaseOwner: no user {name}") from None
    if not directory.exists():
        directory.mkdir(parents=True)
        if entry is not None:
            os.chown(directory, entry.pw_uid, entry.pw_gid)
    if entry is not None:
        become(entry)


def guarded(name: str, run: Callable[[], int]) -> int:
    """The exit code of `run`; what keeps it from working is one line and a code of its own."""
    try:
        return run()
    except NacreError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
    sys.stderr.write(f"{name}: {reason.encode('ascii', 'backslashreplace').decode()}\n")
    return End.REFUSED


def end_of(outcome: Outcome) -> End:
    """The exit code."""
    if outcome.any(Status.PREVIOUS, Status.MISSING) or outcome.trouble is Trouble.TEST:
        blocked = outcome.blocked_until and not outcome.any(Status.PREVIOUS)
        return End.BLOCKED if blocked else End.BROKEN
    if outcome.blocked_until:
        return End.BLOCKED
    if outcome.trouble or outcome.any(Status.STALE):
        return End.STALE
    return End.REPAIRED if outcome.any(Status.REPAIRED) else End.FRESH


def report(outcome: Outcome, style: str) -> int:
    """Say how it ended; the exit code."""
    end = end_of(outcome)
    databases = [
        (name, result.status.value, result.version, result.detail)
        for name, result in outcome.results.items()
    ]
    if style == "json":
        text = to_json(end, databases, outcome.blocked_until, activated=outcome.activated)
        sys.stdout.write(text + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(end, databases, outcome.blocked_until))
    return end
