"""What ``nacre scan`` prints: as text for people, or as JSON.

Results and summary go to standard output; everything said on the way (warnings, progress) to
standard error, so that JSON can be piped.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from nacre.output.escape import printable
from nacre.output.progress import Progress, is_terminal
from nacre.output.quantity import size
from nacre.output.record import SCHEMA, Record, dumps, result_record, summary_record
from nacre.output.result import ExitCode, Result, Status, Summary, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.verdict import Incident

_RED, _YELLOW, _RESET = "\x1b[31m", "\x1b[33m", "\x1b[0m"
MAX_REASONS = 3
"""Reasons shown for one file as text; JSON has all."""


class Format(Protocol):
    """One way to write results."""

    def begin(self) -> None:
        """Before the first result."""

    def result(self, result: Result) -> None:
        """One result."""

    def end(self, summary: Summary) -> None:
        """After the last."""


class ScanOutput:
    """Prints a scan as it goes, in the chosen format."""

    def __init__(self, style: str, *, quiet: bool, verbose: bool, progress: bool) -> None:
        self.tally = Tally()
        self._verbose = verbose
        self._quiet = quiet
        self._started = time.monotonic()
        self._signatures = 0
        self.progress = Progress(sys.stderr) if progress and is_terminal(sys.stderr) else None
        self._format: Format = _FORMATS[style](sys.stdout, quiet, verbose)

    def begin(self, signatures: int) -> None:
        """Everything is ready: the scan begins, with so many signatures."""
        self._signatures = signatures
        self._started = time.monotonic()
        self._format.begin()

    def result(self, result: Result) -> None:
        """Count and print one result."""
        self.tally.add(result)
        if self.progress is not None and (result.status is not Status.CLEAN or self._verbose):
            self.progress.erase()
        self._format.result(result)
        if result.trouble:
            self.warn(f"{printable(result.path)}: {printable(result.trouble)}")

    def tick(self) -> None:
        """Draw the progress line, where there is one."""
        if self.progress is not None:
            self.progress.draw(self.tally.files, self.tally.bytes)

    def note(self, text: str) -> None:
        """Something worth knowing; not with --quiet."""
        if not self._quiet:
            self.warn(text)

    def detail(self, text: str) -> None:
        """Something only --verbose wants."""
        if self._verbose:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Something everybody has to know."""
        if self.progress is not None:
            self.progress.erase()
        sys.stderr.write(f"nacre: {text}\n")

    def end(self, exit_code: ExitCode) -> None:
        """Print the summary."""
        if self.progress is not None:
            self.progress.erase()
        seconds = time.monotonic() - self._started
        self._format.end(Summary(self.tally, seconds, exit_code, self._signatures))
        sys.stdout.flush()


class TextFormat:
    """Lines for people."""

    def __init__(self, stream: TextIO, quiet: bool, verbose: bool) -> None:  # noqa: FBT001 - Format's
        self._stream = stream
        self._quiet = quiet
        self._verbose = verbose
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR")

    def begin(self) -> None:
        """Nothing to say yet."""

    def result(self, result: Result) -> None:
        """A line per alert, one for what was not scanned; clean files with --verbose only."""
        name = printable(result.path)
        report = result.report
        if report is None:
            label = "NOT FULLY SCANNED" if result.lost else "ERROR"
            self._line(name, label, _YELLOW, printable(result.reason or ""))
            return
        seen = set()
        for alert in report.alerts:
            key = (alert.name, alert.member)
            if key not in seen:
                seen.add(key)
                self._line(name, "ALERT", _RED, alert.name + _inside(alert.member))
        if report.incidents and not self._quiet:
            self._line(name, "NOT FULLY SCANNED", _YELLOW, _reasons(report.incidents))
        if result.status is Status.CLEAN and self._verbose:
            self._stream.write(f"{name}: clean\n")

    def end(self, summary: Summary) -> None:
        """What was scanned, and how it came out."""
        if self._quiet:
            return
        tally, seconds = summary.tally, summary.seconds
        scanned = tally.bytes - tally.bytes_left_out
        rate = size(scanned / seconds) if seconds else "-"
        interrupted = summary.exit_code is ExitCode.INTERRUPTED
        self._stream.write(
            f"{'Interrupted after' if interrupted else 'Scanned'} {_count(tally.files, 'file')}, "
            f"{size(scanned)}, in {seconds:.1f} s ({rate}/s) "
            f"with {_count(summary.signatures, 'signature')}\n"
            f"Alerts: {tally.alerts:,}   not fully scanned: {tally.incomplete:,}"
            f"   errors: {tally.errors:,}\n"
        )

    def _line(self, name: str, label: str, colour: str, text: str) -> None:
        shown = f"{colour}{label}{_RESET}" if self._colour else label
        self._stream.write(f"{name}: {shown} {text}\n")
        self._stream.flush()


class JsonLinesFormat:
    """One object per line."""

    def __init__(self, stream: TextIO, quiet: bool, verbose: bool) -> None:  # noqa: FBT001 - Format's
        del verbose
        self._stream = stream
        self._quiet = quiet

    def begin(self) -> None:
        """Nothing to say yet."""

    def result(self, result: Result) -> None:
        """The result; clean ones are left out with --quiet."""
        if not self._quiet or result.status is not Status.CLEAN:
            self._write(result_record(result))

    def end(self, summary: Summary) -> None:
        """The summary."""
        self._write(summary_record(summary))

    def _write(self, record: Record) -> None:
        self._stream.write(dumps(record) + "\n")
        self._stream.flush()


class JsonFormat(JsonLinesFormat):
    """One document."""

    _separator = ""

    def begin(self) -> None:
        """Open the document."""
        self._stream.write(f'{{"schema":{SCHEMA},"results":[')

    def end(self, summary: Summary) -> None:
        """Close the document with the summary."""
        self._stream.write(f'\n],"summary":{dumps(summary_record(summary))}}}\n')

    def _write(self, record: Record) -> None:
        self._stream.write(f"{self._separator}\n{dumps(record)}")
        self._separator = ","


_FORMATS: dict[str, Callable[[TextIO, bool, bool], Format]] = {
    "text": TextFormat,
    "json": JsonFormat,
    "jsonl": JsonLinesFormat,
}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _inside(member: tuple[str, ...]) -> str:
    if not member:
        return ""
    named = [printable(name) for name in member if name]  # what a compressor holds has none
    return f" in {' > '.join(named)}" if named else " in an unnamed member"


def _reasons(incidents: tuple[Incident, ...]) -> str:
    shown = [printable(incident.reason) + _inside(incident.member) for incident in incidents]
    distinct = list(dict.fromkeys(shown))
    rest = len(distinct) - MAX_REASONS
    more = f"; and {rest:,} more" if rest > 0 else ""
    return "; ".join(distinct[:MAX_REASONS]) + more
