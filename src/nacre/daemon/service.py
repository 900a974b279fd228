"""The life of the daemon: from its settings to the last line in the log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import daemon as meaning
from nacre.config.scan import database_directory
from nacre.daemon.event import EventProgram
from nacre.daemon.listener import Listener, bound, inherited
from nacre.daemon.plan import recipe_of, serving_of
from nacre.daemon.server import Server
from nacre.model.errors import ConfigError, DatabaseError
from nacre.output import daemon as sentences
from nacre.output.version import age_in_days
from nacre.transport.systemd import notify
from nacre.workers.confined import plant
from nacre.workers.preload import preload
from nacre.workers.process import become, raise_descriptors
from nacre.workers.scanning import Garden
from nacre.workers.seed import fork_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nacre.config.settings import Settings
    from nacre.model.errors import NacreError
    from nacre.output.journal import Journal
    from nacre.workers.confined import Recipe


class PidFileError(ConfigError):
    """The PID file cannot be written; scripts that start clamd know its exit code."""


class Service:
    """Gets everything that root, or nobody else, can give; then serves."""

    def __init__(self, settings: Settings, journal: Journal, own: Settings | None = None) -> None:
        """`journal` is open; `own` is what nacre.conf says. Raises ConfigError."""
        if own is not None:
            settings = settings.over(own)
        self._settings = settings
        self._journal = journal
        self._serving = serving_of(settings)
        self._recipe: Recipe = recipe_of(settings, own)
        self._event = meaning.event(settings)
        self._pid_file = settings.text("pid_file")
        self._pid_written = False
        self._ready: Callable[[], None] = lambda: None

    def run(self, ready: Callable[[], None] = lambda: None) -> int:
        """Serve until told to stop, after calling `ready`; the exit code.

        Raises:
            ConfigError: something that is asked for cannot be had; nothing was served.
        """
        self._ready = ready
        journal = self._journal
        journal.line(sentences.started())
        listeners = inherited()
        journal.line(f"Received {len(listeners)} file descriptor(s) from systemd.")
        journal.line(sentences.program())
        journal.line(sentences.log_size(journal.style.log_file_max_size))
        if not listeners:
            listeners = bound(self._settings)
        try:
            return self._serve(listeners)
        finally:
            for listener in listeners:
                if listener.close():
                    journal.line("Socket file removed.")
            self._remove_pid_file()
            journal.line(sentences.stopped())

    def _serve(self, listeners: Sequence[Listener]) -> int:
        self._write_pid_file()
        self._become_user()
        raise_descriptors()
        sow = partial(fork_seed, partial(plant, self._recipe), preload)
        seed = sow()  # before there are connections and threads
        return asyncio.run(self._main(listeners, Garden(seed, sow)))

    async def _main(self, listeners: Sequence[Listener], garden: Garden) -> int:
        journal = self._journal
        program = EventProgram(self._event, journal) if self._event is not None else None
        server = Server(self._serving, journal, garden, self._recipe.paths, program)
        self._handle_signals(server)
        journal.line(f"Reading databases from {self._recipe.paths[0]}")
        if self._is_old():
            days = self._settings.number("fail_if_cvd_older_than")
            journal.error(f"Virus database is older than {days} days!")
            server.scanning.close()
            return 1
        try:
            loaded = await server.load()
        except DatabaseError as error:
            journal.error(str(self._placed(error)))
            server.scanning.close()
            return 1
        journal.line(f"Loaded {loaded.signatures} signatures.")
        for listener in listeners:
            for line in listener.said:
                journal.line(line)
        for line in (
            *sentences.limits(self._recipe.limits),
            *sentences.support(self._recipe.options),
        ):
            journal.line(line)
        journal.line(sentences.checking(self._serving.self_check))
        journal.line(f"Listening daemon: PID: {os.getpid()}")
        journal.line(f"MaxQueue set to: {self._serving.max_queue}")
        self._ready()
        notify("READY=1")
        await server.run(listeners)
        notify("STOPPING=1")
        return 0

    def _placed(self, error: DatabaseError) -> NacreError:
        """The error, with file and line when what is named there is not there."""
        try:
            database_directory(self._settings)
        except ConfigError as better:
            return better
        return error

    def _is_old(self) -> bool:
        days = self._settings.number("fail_if_cvd_older_than")
        age = age_in_days(self._recipe.paths) if days else None
        return age is not None and age > days

    def _handle_signals(self, server: Server) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        loop.add_signal_handler(signal.SIGUSR2, server.reload)
        loop.add_signal_handler(signal.SIGHUP, self._reopen_log)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def _reopen_log(self) -> None:
        self._journal.line("SIGHUP caught: re-opening log file.")
        self._journal.reopen()

    def _write_pid_file(self) -> None:
        """By another name first: whoever reads it never finds half a number."""
        if self._pid_file is None:
            return
        path = Path(self._pid_file)
        fresh = path.with_name(f"{path.name}.new")
        try:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
            with os.fdopen(fd, "w") as file:
                file.write(f"{os.getpid()}\n")
            fresh.replace(path)
            self._pid_written = True
        except OSError as error:
            reason = f"Can't save PID in file {path}: {error.strerror}"
            wrong = self._settings.wrong("pid_file", reason)
            raise PidFileError(wrong.reason, wrong.file, wrong.line) from error

    def _remove_pid_file(self) -> None:
        if self._pid_file is None or not self._pid_written:
            return
        path = Path(self._pid_file)
        try:
            if path.read_text("ascii").strip() == str(os.getpid()):
                path.unlink()
                self._journal.line("Pid file removed.")
        except (OSError, ValueError):
            self._journal.warning(f"Can't remove {path}")

    def _become_user(self) -> None:
        entry = meaning.account(self._settings) if os.geteuid() == 0 else None
        if entry is None:
            return
        if self._journal.descriptor >= 0:
            os.fchown(self._journal.descriptor, entry.pw_uid, entry.pw_gid)
        become(entry)
        numbers = f"(UID {entry.pw_uid}, GID {entry.pw_gid})"
        self._journal.line(f"Running as user {entry.pw_name} {numbers}")
