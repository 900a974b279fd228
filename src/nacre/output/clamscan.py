"""The lines that clamscan prints: words, streams and log, as ClamAV 1.4 has them.

Results go to standard output, warnings and errors to standard error (or to standard output when
asked). The log gets what is printed, except lines of clean files, and gets it in quiet runs as
well.

Differences, on purpose: warnings are printed in quiet runs; what could not be read is named even
where the result line is suppressed; the labels "Not moved" and "Not copied" are not swapped; a name
is shown once per file in an all-match scan; a member is told once, when it is scanned, with its own
way down. On a terminal control characters in names are escaped.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from nacre.model.errors import ConfigError
from nacre.model.filetype import FileType
from nacre.output.escape import printable

if TYPE_CHECKING:
    from nacre.model.layer import Layer
    from nacre.model.verdict import Alert, Incident, Report

RULE = b"-" * 79
BLOCK = 4096
"""The summary counts data in blocks of this size, and forgets the rest."""

_LOG_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LOG_MODE = 0o640


@dataclass(frozen=True, slots=True)
class Style:
    """What is shown, by the options of that name."""

    verbose: bool = False
    archive_verbose: bool = False
    quiet: bool = False
    stdout: bool = False
    infected: bool = False
    suppress_ok_results: bool = False
    bell: bool = False


@dataclass(slots=True)
class Tally:
    """What the summary counts."""

    signatures: int = 0
    directories: int = 0
    files: int = 0
    infected: int = 0
    incomplete: int = 0
    errors: int = 0
    failed: int = 0
    """Actions that were not done."""
    failed_label: str = ""
    blocks_scanned: int = 0
    blocks_read: int = 0
    failure: bool = False
    """Something was wrong that the summary does not count, such as a missing argument."""
    started: float = field(default_factory=time.time)

    def count(self, report: Report) -> None:
        """Add one scanned file."""
        self.files += 1
        self.infected += bool(report.alerts)
        self.incomplete += report.incomplete
        self.blocks_scanned += report.bytes_scanned // BLOCK
        self.blocks_read += report.size // BLOCK

    @property
    def exit_code(self) -> int:
        """1 when something alerted, else 2 when something failed, else 0."""
        return 1 if self.infected else 2 if self.errors or self.failure else 0


def open_log(path: str) -> BinaryIO:
    """The log at `path`, with a rule before what follows; raises ConfigError."""
    log = append_to(path)
    log.write(b"\n" + RULE + b"\n\n")
    return log


def append_to(path: str) -> BinaryIO:
    """The file at `path`, to append to, never through a link; raises ConfigError."""
    try:
        fd = os.open(path, _LOG_FLAGS, _LOG_MODE)
        os.set_blocking(fd, True)
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise IsADirectoryError(0, "Is a directory")
    except OSError as error:
        raise ConfigError(f"Failed to open log file {path}: {error.strerror}") from error
    return os.fdopen(fd, "ab", buffering=0)


class Printer:
    """Writes lines where they belong, at once."""

    def __init__(
        self, style: Style, out: BinaryIO, err: BinaryIO, log: BinaryIO | None = None
    ) -> None:
        self.style = style
        self._out = out
        self._err = out if style.stdout else err
        self._plain_err = err
        self._log = log
        self._escape = out.isatty()

    # One file.

    def scanning(self, path: bytes) -> None:
        """In a verbose run, say that `path` comes next."""
        if self.style.verbose:
            self._result(b"Scanning " + self._shown(path), always=True)

    def scanning_member(self, path: bytes, layer: Layer) -> None:
        """In a verbose run, say that a member of `path` comes next."""
        way = b"".join(b"!" + step for step in self._steps(layer.path(), layer.containers()))
        self._result(b"Scanning " + self._shown(path) + way, always=True)

    def ok(self, path: bytes) -> None:
        """A file in which nothing was found."""
        if not self.style.suppress_ok_results:
            self._result(self._shown(path) + b": OK", log=False)

    def found(self, path: bytes, report: Report) -> None:
        """A file that alerts, under each name once."""
        for name in dict.fromkeys(alert.name for alert in report.alerts):
            self._result(self._shown(path) + b": " + _bytes(name) + b" FOUND", always=True)
        if self.style.archive_verbose:
            alert = max(reversed(report.alerts), key=lambda alert: alert.depth)
            text = self._shown(path) + self._member(alert) + b": " + _bytes(alert.name) + b" FOUND"
            self._result(text, always=True)
        if self.style.bell:
            self._plain_err.write(b"\a")
            self._plain_err.flush()

    def incomplete(self, path: bytes, incidents: tuple[Incident, ...]) -> None:
        """A file of which not everything was scanned, and the first reason."""
        first = incidents[0]
        place = "!".join(first.member)
        reason = f"{place}: {first.reason}" if place else first.reason
        more = f" (and {len(incidents) - 1} more)" if len(incidents) > 1 else ""
        self.warning(path, f"not fully scanned: {reason}{more}")

    def state(self, path: bytes, state: str) -> None:
        """A path that is not scanned for a reason that is not a problem: ``Empty file``."""
        self._result(self._shown(path) + b": " + _bytes(state))

    def excluded(self, path: bytes, place: str = "", pattern: str | None = None) -> None:
        """A path that is left out; in a verbose run also by which pattern."""
        if pattern is not None and self.style.verbose:
            place = f" (matches '{pattern}')"
        self.state(path, "Excluded" + place)

    def failed(self, path: bytes, state: str) -> None:
        """A path that could not be scanned; never suppressed altogether."""
        self.state(path, state)
        if self.style.quiet or self.style.infected:
            self.warning(path, state, log=False)

    def note(self, path: bytes, real_path: bytes, text: bytes) -> None:
        """What became of a file that alerts."""
        real = b"" if path == real_path else b" (real path: '" + self._shown(real_path) + b"')"
        self._result(self._shown(path) + real + b": " + text, always=True)

    def action_failed(
        self, path: bytes, real_path: bytes, verb: str, destination: bytes | None, reason: str
    ) -> None:
        """An action on a file that alerts was not done."""
        line = b"ERROR: Can't %s file '%s'" % (verb.encode(), self._shown(path))
        if path != real_path:
            line += b" (real path: '" + self._shown(real_path) + b"')"
        if destination is not None:
            line += b" to '" + self._shown(destination) + b"'"
        self.message(line + b": " + _bytes(reason))

    def property(self, path: bytes, text: str) -> None:
        """A line about a file after its result (ClamAV 1.5): ``PATH FileType: CL_TYPE_X``."""
        self._result(self._shown(path) + b" " + _bytes(text), always=True)

    # Everything else.

    def line(self, text: str = "") -> None:
        """A line of the summary or the like."""
        self._result(_bytes(text), always=True)

    def system_error(self, path: bytes, text: str) -> None:
        """What the system says about an argument; not logged."""
        line = self._shown(path) + b": " + _bytes(text) if path else _bytes(text)
        self._write(self._plain_err, line)

    def warning(self, path: bytes, text: str, *, log: bool = True) -> None:
        """A warning about a file."""
        self.message(b"WARNING: " + self._shown(path) + b": " + _bytes(text), log=log)

    def message(self, line: bytes, *, log: bool = True) -> None:
        """A warning or error that is already worded."""
        self._write(self._err, line)
        if log:
            self._to_log(line)

    def library(self, text: str) -> None:
        """A line of ClamAV's library: to standard error whatever the options say, not logged."""
        self._write(self._plain_err, _bytes(text))

    def suspicious_link(self, real: str, shown: str) -> None:
        """What ClamAV's library says of a link that is no good."""
        self.library("LibClamAV info: Suspicious link found!")
        self.library(f"LibClamAV info:   Real URL:    {printable(real)}")
        self.library(f"LibClamAV info:   Display URL: {printable(shown)}")

    def _result(self, line: bytes, *, always: bool = False, log: bool = True) -> None:
        if self.style.infected and not always:
            return
        if not self.style.quiet:
            self._write(self._out, line)
        if log:
            self._to_log(line)

    def _to_log(self, line: bytes) -> None:
        if self._log is not None:
            self._log.write(line + b"\n")

    @staticmethod
    def _write(stream: BinaryIO, line: bytes) -> None:
        stream.write(line + b"\n")
        stream.flush()

    def _member(self, alert: Alert) -> bytes:
        """Where in an archive: ``!ZIP:inner.zip!(2)ZIP:file``."""
        depth = f"({max(alert.depth - 1, 0)})".encode()
        if not alert.member:
            return b"!" + depth
        types = alert.containers or (FileType.ANY,) * len(alert.member)
        steps = self._steps(alert.member, types) or [b""]
        return b"".join(b"!" + step for step in steps[:-1]) + b"!" + depth + steps[-1]

    def _steps(self, names: tuple[str, ...], types: tuple[FileType, ...]) -> list[bytes]:
        return [
            (b"" if kind is FileType.ANY else kind.value.encode() + b":")
            + self._shown(_bytes(name))
            for kind, name in zip(types, names, strict=False)
            if name  # what a compressor holds has none
        ]

    def _shown(self, path: bytes) -> bytes:
        if not self._escape:
            return path
        return b"".join(
            b"\\x%02x" % byte if byte < 0x20 or byte == 0x7F else bytes((byte,))  # noqa: PLR2004 - ASCII
            for byte in path
        )


def print_summary(printer: Printer, tally: Tally, version: str) -> None:
    """The summary at the end of a run."""
    end = time.time()
    elapsed = end - tally.started
    printer.line()
    printer.line("----------- SCAN SUMMARY -----------")
    printer.line(f"Known viruses: {tally.signatures}")
    printer.line(f"Engine version: {version}")
    printer.line(f"Scanned directories: {tally.directories}")
    printer.line(f"Scanned files: {tally.files}")
    printer.line(f"Infected files: {tally.infected}")
    if tally.incomplete:
        printer.line(f"Not fully scanned: {tally.incomplete}")
    if tally.errors:
        printer.line(f"Total errors: {tally.errors}")
    if tally.failed:
        printer.line(f"{tally.failed_label}: {tally.failed}")
    printer.line(f"Data scanned: {_megabytes(tally.blocks_scanned)} MB")
    ratio = tally.blocks_scanned / tally.blocks_read if tally.blocks_read else 0
    printer.line(f"Data read: {_megabytes(tally.blocks_read)} MB (ratio {ratio:.2f}:1)")
    printer.line(f"Time: {elapsed:.3f} sec ({int(elapsed) // 60} m {int(elapsed) % 60} s)")
    printer.line(f"Start Date: {_date(tally.started)}")
    printer.line(f"End Date:   {_date(end)}")


def _megabytes(blocks: int) -> str:
    return f"{blocks * BLOCK / (1 << 20):.2f}"


def _date(when: float) -> str:
    return time.strftime("%Y:%m:%d %H:%M:%S", time.localtime(when))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
