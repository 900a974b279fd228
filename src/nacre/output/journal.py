"""The log of a daemon, as clamd keeps it: a file, syslog, standard output.

A line is never a reason to stop. What cannot be written is counted, and told when writing works
again. Control characters in a line are escaped: a file name must not look like another line.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import sys
import syslog
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from nacre.config.settings import Settings

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MODE = 0o640
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class JournalStyle:
    """The options of that name."""

    log_file: str | None = None
    log_file_unlock: bool = False
    log_file_max_size: int = 1 << 20
    """Bytes; 0 for no limit."""
    log_time: bool = False
    log_clean: bool = False
    log_verbose: bool = False
    log_rotate: bool = False
    log_syslog: bool = False
    log_facility: str = "LOG_LOCAL6"
    foreground: bool = False

    @classmethod
    def of(cls, settings: Settings) -> JournalStyle:
        """What `settings` ask for. Raises ConfigError."""
        facility = settings.text("log_facility") or "LOG_LOCAL6"
        if settings.flag("log_syslog") and not hasattr(syslog, facility.upper()):
            raise settings.wrong("log_facility", f"LogFacility: {facility}: No such facility.")
        return cls(
            log_file=settings.text("log_file"),
            log_file_max_size=settings.number("log_file_max_size"),
            log_facility=facility.upper(),
            **{
                name: settings.flag(name)
                for name in (
                    "log_file_unlock",
                    "log_time",
                    "log_clean",
                    "log_verbose",
                    "log_rotate",
                    "log_syslog",
                    "foreground",
                )
            },
        )


@dataclass(slots=True)
class Journal:
    """Writes lines to where the style says."""

    style: JournalStyle
    name: str = "clamd"
    """In syslog."""
    lost: int = 0
    """Lines that could not be written to the file."""
    _fd: int = field(default=-1, init=False)
    _full: bool = field(default=False, init=False)
    _shown: bool = field(default=False, init=False)
    """Lines go to standard output."""

    def open(self) -> None:
        """Open file and syslog; raises ConfigError when the file cannot be opened, or is locked."""
        # systemd's journal takes standard output and syslog: it need not have each line twice.
        self._shown = self.style.foreground and not (self.style.log_syslog and _is_systemds())
        if self.style.log_syslog:
            syslog.openlog(self.name, syslog.LOG_PID, getattr(syslog, self.style.log_facility))
        if self.style.log_file is not None:
            try:
                self._fd = self._opened(self.style.log_file)
            except OSError as error:
                raise ConfigError(
                    f"Can't open {self.style.log_file} in append mode: {error.strerror}"
                ) from error

    def reopen(self) -> None:
        """Begin a new file where an old one was moved away; keeps the old when that fails."""
        if self.style.log_file is None:
            return
        try:
            fresh = self._opened(self.style.log_file, again=True)
        except (OSError, ConfigError) as error:
            self.warning(f"Can't reopen the log: {error}")
            return
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._full = fresh, False

    def line(self, text: str) -> None:
        """Say something that is always said."""
        self._write(text, syslog.LOG_INFO)

    def verbose(self, text: str) -> None:
        """Say something where LogVerbose is on."""
        if self.style.log_verbose:
            self._write(text, syslog.LOG_DEBUG)

    def clean(self, text: str) -> None:
        """Say that something is clean, where LogClean is on."""
        if self.style.log_clean:
            self._write(text, syslog.LOG_INFO)

    def warning(self, text: str) -> None:
        """Something is not as it should be."""
        self._write(f"WARNING: {text}", syslog.LOG_WARNING)

    def error(self, text: str) -> None:
        """Something failed."""
        self._write(f"ERROR: {text}", syslog.LOG_ERR)

    def close(self) -> None:
        """Say nothing more."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def descriptor(self) -> int:
        """Of the file; -1 without one."""
        return self._fd

    def _opened(self, path: str, *, again: bool = False) -> int:
        fd = os.open(path, _FLAGS, _MODE)
        if not stat.S_ISREG(os.fstat(fd).st_mode) and path != "/dev/null":
            os.close(fd)
            raise ConfigError(f"{path} is not a regular file")
        if not self.style.log_file_unlock and not again:
            try:
                fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(fd)
                raise ConfigError(f"{path} is locked by another process") from None
        return fd

    def _write(self, text: str, level: int) -> None:
        shown = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
        line = f"{time.ctime()} -> {shown}" if self.style.log_time else shown
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        if self._fd >= 0:
            self._to_file(data)
        if self._shown:
            try:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            except OSError:
                pass  # whoever listened has gone
        if self.style.log_syslog:
            syslog.syslog(level, shown.encode("utf-8", "replace").decode("utf-8", "replace"))

    def _to_file(self, data: bytes) -> None:
        limit = self.style.log_file_max_size
        try:
            if limit and os.fstat(self._fd).st_size > limit:
                if not self.style.log_rotate:
                    self._stop()
                    return
                self._rotate()
            if self.lost:
                data = b"WARNING: %d lines were lost\n" % self.lost + data
            os.write(self._fd, data)
            self.lost = 0
        except OSError:
            self.lost += 1

    def _stop(self) -> None:
        """The file is as long as it may be."""
        if not self._full:
            self._full = True
            os.write(self._fd, b"LOGGING DISABLED (Maximal log file size exceeded).\n")

    def _rotate(self) -> None:
        path = self.style.log_file
        if path is None:
            return
        stem, dot, suffix = path.rpartition(".")
        when = time.strftime("%Y%m%d_%H%M%S")
        aside = f"{stem}-{when}.{suffix}" if dot and "/" not in suffix else f"{path}-{when}"
        os.rename(path, aside)  # noqa: PTH104 - pathlib would be one more import
        self.reopen()


def _is_systemds() -> bool:
    """Whether standard output goes to systemd's journal: systemd.exec(5), JOURNAL_STREAM."""
    try:
        place = os.fstat(1)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{place.st_dev}:{place.st_ino}"
