"""Telling others of an update: clamd, and the programs of On...Execute."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import file as config_file
from nacre.config.option import Program
from nacre.config.path import config_file as config_file_path
from nacre.model.errors import ConfigError, NacreError
from nacre.output.freshclam import NOTIFIED
from nacre.transport.clamd import Address, UnreachableError, ask

if TYPE_CHECKING:
    from nacre.config.settings import Settings
    from nacre.output.freshclam import Teller
    from nacre.updater.outcome import Outcome

CLAMD_SECONDS = 60.0
PROGRAM_SECONDS = 600.0


class CommandError(NacreError):
    """A program could not be run, or failed."""


def after(outcome: Outcome, settings: Settings, teller: Teller) -> int:
    """Tell everyone who is to know how an update went; the exit code of an EXIT_n, or 0."""
    code = 0
    if outcome.activated:
        reload_clamd(settings, teller)
        code = _execute(settings, "on_update_execute", "", teller)
    if outcome.recommended is not None:
        code = _execute(settings, "on_outdated_execute", outcome.recommended, teller) or code
    if outcome.trouble:
        code = _execute(settings, "on_error_execute", "", teller) or code
    return code


def reload_clamd(settings: Settings, teller: Teller) -> None:
    """Tell the clamd that freshclam.conf tells of, if it does."""
    if "notify_clamd" in settings.given:
        config = settings.text("notify_clamd")
        notify_clamd(Path(config) if config else config_file_path("clamd.conf"), teller)


def _execute(settings: Settings, key: str, version: str, teller: Teller) -> int:
    command = settings.text(key)
    if command is None:
        return 0
    try:
        return run(command, version) or 0
    except CommandError as error:
        teller.error(f"Can't execute: {error}")
        return 0


def notify_clamd(config: Path, teller: Teller) -> bool:
    """Have the clamd of this clamd.conf load the databases; whether it will."""
    try:
        settings = config_file.load(Program.CLAMD, config).settings
    except ConfigError as error:
        teller.error(f"NotifyClamd: Can't find or parse configuration file {config}: {error}")
        return False
    path, port = settings.text("local_socket"), settings.number("tcp_socket")
    if path is None and not port:
        teller.warning(f"NotifyClamd: No communication socket specified in {config}")
        return False
    host = (settings.texts("tcp_address") or ("localhost",))[0]
    try:
        answer = ask(Address(path, host, port), b"RELOAD", CLAMD_SECONDS)
    except (UnreachableError, OSError) as error:
        teller.warning(f"Clamd was NOT notified: {error}")
        return False
    if answer != b"RELOADING":
        teller.warning(f"Clamd was NOT notified: it answers {answer[:100]!a}")
        return False
    teller.line(NOTIFIED)
    return True


def words(command: str, version: str = "") -> list[str]:
    """The words of a command, without a shell; `%v` becomes a version.

    Raises:
        ConfigError: the quotes do not match, or there is nothing.
    """
    try:
        split = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"{command}: {error}") from None
    if not split:
        raise ConfigError("an empty command")
    return [word.replace("%v", version) for word in split]


def run(command: str, version: str = "", seconds: float = PROGRAM_SECONDS) -> int | None:
    """Run a command and wait for it; its exit code, or the N of ``EXIT_N``, which ends us.

    Returns:
        The N of EXIT_N; None for a program, which has ended well.

    Raises:
        CommandError: it could not be run, failed, or took too long.
    """
    if command.startswith("EXIT_") and command[5:].isdigit():
        return int(command[5:])
    argv = words(command, version)
    try:
        process = subprocess.Popen(  # noqa: S603 - what the administrator asks for
            argv, stdin=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise CommandError(f"{argv[0]}: {error.strerror}") from error
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise CommandError(f"{argv[0]}: not done within {seconds:g} s") from error
    if code:
        raise CommandError(f"{argv[0]}: ended with {code}")
    return None
