"""The result of one file as every output says it, and the tally of a whole scan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from nacre.model.verdict import Report, Verdict


class Status(Enum):
    """What a file is called in the end."""

    CLEAN = "clean"
    ALERT = "alert"
    INCOMPLETE = "not fully scanned"
    ERROR = "error"


class ExitCode(IntEnum):
    """Exit codes of ``nacre scan``: an alert wins over an error, an error over INCOMPLETE."""

    CLEAN = 0
    ALERT = 1
    ERROR = 2
    INCOMPLETE = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Result:
    """One visited path: a report, or the reason why there is none."""

    path: bytes
    report: Report | None = None
    reason: str | None = None
    """Why there is no report."""
    lost: bool = False
    """There is no report because the process that scanned the file died."""
    trouble: str = ""
    """Why not everything was left that was taken out of the file; empty when it was."""

    @property
    def status(self) -> Status:
        """Alert wins: what was found stays found."""
        if self.report is None:
            return Status.INCOMPLETE if self.lost else Status.ERROR
        if self.report.verdict in {Verdict.STRONG, Verdict.PUA}:
            return Status.ALERT
        return Status.INCOMPLETE if self.report.incomplete else Status.CLEAN


@dataclass(slots=True)
class Tally:
    """Counts of a scan."""

    files: int = 0
    bytes: int = 0
    """Sizes of the files."""
    bytes_left_out: int = 0
    """Of these what no scan began with: files beyond a limit."""
    bytes_scanned: int = 0
    """With everything that was inside them."""
    alerts: int = 0
    incomplete: int = 0
    """Files without an alert that were not fully scanned."""
    errors: int = 0

    def add(self, result: Result) -> None:
        """Count one result."""
        status = result.status
        if status is Status.ERROR:
            self.errors += 1
            return
        self.files += 1
        self.errors += bool(result.trouble)
        if status is Status.ALERT:
            self.alerts += 1
        elif status is Status.INCOMPLETE:
            self.incomplete += 1
        if result.report is not None:
            self.bytes += result.report.size
            if result.report.incomplete and not result.report.layers:
                self.bytes_left_out += result.report.size
            self.bytes_scanned += result.report.bytes_scanned

    def exit_code(self, *, accept_incomplete: bool) -> ExitCode:
        """The exit code these counts call for."""
        if self.alerts:
            return ExitCode.ALERT
        if self.errors:
            return ExitCode.ERROR
        if self.incomplete and not accept_incomplete:
            return ExitCode.INCOMPLETE
        return ExitCode.CLEAN


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a scan."""

    tally: Tally
    seconds: float
    exit_code: ExitCode
    signatures: int
    """How many the database has."""
