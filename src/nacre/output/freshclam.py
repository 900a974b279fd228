"""What freshclam says: the sentences that programs look for, and its exit codes."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nacre.cvd import Header
    from nacre.output.journal import Journal


_REDRAW_SECONDS = 0.1
_WIDTH = 24
_MEBIBYTE = 1 << 20


class Trouble(IntEnum):
    """Why an update failed; the numbers are ClamAV's real exit codes, not those of its manual."""

    NONE = 0
    INIT = 2
    DIRECTORY = 3
    FILE = 4
    CONNECTION = 5
    BAD_DATABASE = 7
    TEST = 8
    CONFIG = 9
    ACCESS = 10
    GET = 11
    NOT_IN_SYNC = 12
    LOGGING = 13
    FORBIDDEN = 17
    OTHER = 19


REASONS = {
    Trouble.DIRECTORY: "Directory error",
    Trouble.FILE: "File error",
    Trouble.CONNECTION: "Connection failed",
    Trouble.BAD_DATABASE: "Bad database",
    Trouble.TEST: "Failed to load new database",
    Trouble.GET: "HTTP GET failed",
    Trouble.NOT_IN_SYNC: "Mirror not synchronized",
    Trouble.FORBIDDEN: "Forbidden",
    Trouble.OTHER: "Another updater is at work",
}


class Teller(Protocol):
    """Who is told how an update goes."""

    def line(self, text: str) -> None:
        """What is always said."""

    def verbose(self, text: str) -> None:
        """What is said on request."""

    def warning(self, text: str) -> None:
        """Something is not as it should be."""

    def error(self, text: str) -> None:
        """Something failed."""


@dataclass(frozen=True, slots=True)
class Console:
    """Says it on the terminal and in the log."""

    journal: Journal
    silent: bool = False
    quiet: bool = False
    warnings: bool = True
    talkative: bool = False
    to_stdout: bool = False

    def line(self, text: str) -> None:
        """To the standard output."""
        self.journal.line(text)
        self._write(text, shown=not self.quiet, error=False)

    def verbose(self, text: str) -> None:
        """Only with --verbose."""
        self.journal.verbose(text)
        self._write(text, shown=self.talkative and not self.quiet, error=False)

    def warning(self, text: str) -> None:
        """To the standard error."""
        if self.warnings:
            self.journal.warning(text)
            self._write(f"WARNING: {text}", shown=not self.quiet, error=True)

    def error(self, text: str) -> None:
        """To the standard error, also with --quiet."""
        self.journal.error(text)
        self._write(f"ERROR: {text}", shown=True, error=True)

    def _write(self, text: str, *, shown: bool, error: bool) -> None:
        if shown and not self.silent:
            sys.stdout.flush()
            stream = sys.stderr if error and not self.to_stdout else sys.stdout
            stream.write(text.encode("ascii", "backslashreplace").decode("ascii") + "\n")
            stream.flush()


@dataclass(slots=True)
class Progress:
    """The line that shows how far a download is."""

    _began: float = 0.0
    _drawn: float = 0.0

    def __call__(self, have: int, of: int | None) -> None:
        """`have` bytes came, `of` so many."""
        now = time.monotonic()
        if not self._began or now < self._began:
            self._began = now
        done = of is not None and have >= of
        if not done and now - self._drawn < _REDRAW_SECONDS:
            return
        self._drawn = now
        passed = now - self._began
        left = 0.0 if of is None else passed * (of - have) / max(have, 1)
        share = 0 if of is None else _WIDTH * have // max(of, 1)
        bar = f"[{'=' * share}{'>' if share < _WIDTH else ''}".ljust(_WIDTH + 1) + "]"
        total = "" if of is None else f"/{of / _MEBIBYTE:.2f}MiB"
        times = f"Time: {passed:6.1f}s, ETA: {left:6.1f}s"
        sys.stdout.write(f"\r{times} {bar} {have / _MEBIBYTE:9.2f}MiB{total}")
        if done:
            sys.stdout.write("\n")
            self._began = 0.0
        sys.stdout.flush()


def started() -> str:
    """The first line of a run."""
    return f"ClamAV update process started at {time.ctime()}"


def available(name: str, have: int | None, offered: int) -> str:
    """There is something new."""
    if have is None:
        return f"{name} database available for download (remote version: {offered})"
    versions = f"(local version: {have}, remote version: {offered})"
    return f"{name} database available for update {versions}"


def up_to_date(file: str, header: Header) -> str:
    """There is nothing new."""
    return f"{file} database is up-to-date ({_facts(header)})"


def updated(file: str, header: Header) -> str:
    """A database is in use now."""
    return f"{file} updated ({_facts(header)})"


def custom_up_to_date(file: str) -> str:
    """There is nothing new at the address that the user named."""
    return f"{file} is up-to-date (version: custom database)"


def custom_updated(file: str, signatures: int) -> str:
    """A file from an address that the user named is in use now."""
    return f"{file} updated (version: custom database, sigs: {signatures})"


def cool_down(until: int, *, forbidden: bool) -> str:
    """A mirror wants to be left alone."""
    why = "Access is forbidden" if forbidden else "Too many requests"
    return (
        f"{why}: you are on cool-down until after: {time.strftime('%F %T', time.localtime(until))}"
    )


def outdated(release: str, recommended: str) -> tuple[str, str]:
    """Two warnings about the age of the program."""
    return (
        "Your ClamAV installation is OUTDATED!",
        f"Local version: {release} Recommended version: {recommended}",
    )


DO_NOT_PANIC = "DON'T PANIC! Read https://docs.clamav.net/manual/Installing.html"
TEST_PASSED = "Database test passed."
TEST_FAILED = "Database test FAILED."
NOTIFIED = "Clamd successfully notified about the update."


def testing(path: str) -> str:
    """A new database is tried."""
    return f"Testing database: '{path}' ..."


def _facts(header: Header) -> str:
    return (
        f"version: {header.version}, sigs: {header.signatures}, "
        f"f-level: {header.level}, builder: {header.builder}"
    )
