"""freshclam: from the command line and freshclam.conf to one update, or one every few hours."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.updating import become_owner
from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program
from nacre.cvd.signature import OFFICIAL, Keys
from nacre.model.errors import ConfigError, NacreError
from nacre.output import freshclam as words
from nacre.output.freshclam import Console, Trouble
from nacre.output.journal import Journal, JournalStyle
from nacre.output.version import ENGINE, version_line
from nacre.transport.store import BusyError
from nacre.updater import notify
from nacre.updater.options import options_of
from nacre.updater.outcome import Outcome
from nacre.updater.update import update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.config.settings import Settings
    from nacre.updater.options import Options

NAME = "freshclam"
USAGE = 2
_DAY = 86_400
_MOST_CHECKS = 50
"""A day, without the DNS."""
_WAKES = (signal.SIGUSR1, signal.SIGALRM, signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


def main(argv: list[str], keys: Keys = OFFICIAL) -> int:
    """Run freshclam with these arguments, trusting `keys`; returns its exit code."""
    try:
        line = parse(Program.FRESHCLAM, NAME, argv)
    except UsageError as error:
        _say(*error.lines, "ERROR: Can't parse command line options")
        return USAGE
    if line.settings.flag("help"):
        from nacre.config.about import FRESHCLAM  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        sys.stdout.write(help_text(Program.FRESHCLAM, FRESHCLAM, ENGINE).rstrip("\n") + "\n")
        return 0
    path = line.settings.text("config_file") or str(config_path.config_file("freshclam.conf"))
    try:
        loaded = config_file.load(Program.FRESHCLAM, Path(path))
        settings = line.settings.over(loaded.settings)
        if settings.flag("version"):
            folder = settings.text("database_directory") or str(config_path.database_directory())
            sys.stdout.write(version_line((folder,)) + "\n")
            return 0
        _safe(settings, Path(path))
    except ConfigError as error:
        _say(f"ERROR: {error}", f"ERROR: Can't open/parse the config file {path}")
        return USAGE
    return _run(settings, loaded.warnings, keys)


class _RefusedError(NacreError):
    """Nothing can be done as asked."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        self.trouble = trouble
        super().__init__(message)


def _run(settings: Settings, warnings: tuple[str, ...], keys: Keys) -> int:
    daemon, foreground = settings.flag("daemon"), settings.flag("foreground")
    try:
        options = _options(settings, keys)
        if settings.flag("list_mirrors"):
            sys.stdout.writelines(f"{mirror.base}\n" for mirror in options.mirrors)
            return 0
        try:
            become_owner(settings, options.directory)
        except (ConfigError, OSError) as error:
            raise _RefusedError(Trouble.ACCESS, str(error)) from error
        journal = _journal(settings)
    except _RefusedError as error:
        _say(f"ERROR: {error}")
        return error.trouble
    console = Console(
        journal,
        silent=daemon and not foreground,
        quiet=settings.flag("quiet"),
        warnings=not settings.flag("no_warnings"),
        talkative=settings.flag("verbose"),
        to_stdout=settings.flag("stdout"),
    )
    for text in warnings:
        console.warning(text)
    shown = settings.flag("show_progress") or sys.stdout.isatty()
    if shown and not console.silent and not console.quiet:
        options = replace(options, progress=words.Progress())
    run = _Freshclam(settings, options, console)
    if not daemon:
        return run.once()
    if not foreground:
        sys.stdout.flush()
        if os.fork():
            os._exit(0)
        os.setsid()
    return run.daemon(max(1, settings.number("checks")))


def _options(settings: Settings, keys: Keys) -> Options:
    try:
        options = options_of(settings, keys)
        for key in ("on_update_execute", "on_error_execute", "on_outdated_execute"):
            command = settings.text(key)
            if command is not None:
                notify.words(command)
    except ConfigError as error:
        raise _RefusedError(Trouble.CONFIG, str(error)) from error
    often = settings.number("checks") > _MOST_CHECKS
    if settings.flag("daemon") and options.record is None and often:
        raise _RefusedError(Trouble.CONFIG, f"Checks: at most {_MOST_CHECKS} a day without DNS")
    return options


def _journal(settings: Settings) -> Journal:
    style = JournalStyle(
        log_file=settings.text("log_file"),
        log_file_max_size=settings.number("log_file_max_size"),
        log_facility=(settings.text("log_facility") or "LOG_LOCAL6").upper(),
        log_time=settings.flag("log_time"),
        log_verbose=settings.flag("log_verbose") or settings.flag("verbose"),
        log_rotate=settings.flag("log_rotate"),
        log_syslog=settings.flag("log_syslog"),
    )
    journal = Journal(style, NAME)
    try:
        journal.open()
    except ConfigError as error:
        raise _RefusedError(Trouble.LOGGING, str(error)) from error
    return journal


@dataclass(frozen=True, slots=True)
class _Freshclam:
    settings: Settings
    options: Options
    console: Console

    def once(self) -> int:
        """One update; the exit code."""
        self.console.line(words.started())
        try:
            outcome = update(self.options, self.console)
        except BusyError as error:
            self.console.error(str(error))
            return self._ended(Outcome({}, trouble=Trouble.OTHER))
        except OSError as error:
            self.console.error(f"{error.filename}: {error.strerror}")
            return self._ended(Outcome({}, trouble=Trouble.ACCESS))
        return self._ended(outcome)

    def daemon(self, checks: int) -> int:
        """An update now and `checks` times a day, until told to stop; the exit code."""
        with self._pid_file(), _signals() as wanted:
            self.console.line(f"freshclam daemon {ENGINE} (OS: Linux, PID: {os.getpid()})")
            while True:
                code = self.once()
                if code == Trouble.FORBIDDEN:
                    return code
                if not self._sleep(wanted, time.monotonic() + _DAY / checks):
                    self.console.line("Update process terminated")
                    return 0

    def _sleep(self, wanted: set[signal.Signals], until: float) -> bool:
        """Wait for the next update; whether there is to be one."""
        while (left := until - time.monotonic()) > 0:
            received = signal.sigtimedwait(wanted, left)
            if received is None:
                continue
            number = signal.Signals(received.si_signo)
            if number in {signal.SIGTERM, signal.SIGINT}:
                return False
            if number is signal.SIGHUP:
                self.console.journal.reopen()
            else:
                return True
        return True

    def _ended(self, outcome: Outcome) -> int:
        if outcome.trouble:
            reason = words.REASONS.get(outcome.trouble, "Update failed")
            self.console.error(f"Database update process failed: {reason}")
            self.console.error("Update failed.")
        code = notify.after(outcome, self.settings, self.console)
        return outcome.trouble if not code or self.settings.flag("daemon") else code

    @contextmanager
    def _pid_file(self) -> Iterator[None]:
        path = self.settings.text("pid_file")
        if path is None:
            yield
            return
        try:
            Path(path).write_text(f"{os.getpid()}\n")
        except OSError as error:
            self.console.error(f"Can't save PID in file {path}: {error.strerror}")
        try:
            yield
        finally:
            Path(path).unlink(missing_ok=True)


@contextmanager
def _signals() -> Iterator[set[signal.Signals]]:
    """Signals wait until they are asked for, so that none ends an update halfway."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAKES)
    try:
        yield set(_WAKES)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _safe(settings: Settings, path: Path) -> None:
    """Refuse a file with a password that others can read, as ClamAV does."""
    if settings.text("http_proxy_password") and path.stat().st_mode & 0o077:
        raise ConfigError("HTTPProxyPassword: others may read or write this file", str(path))


def _say(*lines: str) -> None:
    sys.stderr.writelines(line + "\n" for line in lines)
