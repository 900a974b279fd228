"""The lines that clamdscan prints: what the daemon said, and a summary."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from nacre.output.clamscan import append_to

if TYPE_CHECKING:
    from nacre.config.settings import Settings

_RULE = b"-" * 38


@dataclass(slots=True)
class Tally:
    """What the summary counts."""

    infected: int = 0
    errors: int = 0
    started: float = field(default_factory=time.time)

    @property
    def exit_code(self) -> int:
        """1 when something alerted, else 2 when something failed, else 0."""
        return 1 if self.infected else 2 if self.errors else 0


class Printer:
    """Writes lines where they belong."""

    def __init__(
        self, out: BinaryIO, err: BinaryIO, log: BinaryIO | None, *, infected: bool, quiet: bool
    ) -> None:
        self._out = out
        self._err = err
        self._log = log
        self._infected = infected
        self._quiet = quiet
        if log is not None:
            self._write(_RULE)

    @classmethod
    def of(cls, settings: Settings) -> Printer:
        """A printer for these settings; raises ConfigError when the log cannot be opened."""
        path = settings.text("log_file")
        log = append_to(path) if path is not None else None
        out = sys.stdout.buffer
        err = out if settings.flag("stdout") else sys.stderr.buffer
        return cls(out, err, log, infected=settings.flag("infected"), quiet=settings.flag("quiet"))

    def ok(self, name: bytes) -> None:
        """Nothing was found."""
        if not self._infected:
            self._write(name + b": OK")

    def found(self, name: bytes, alert: bytes) -> None:
        """Something alerts."""
        self._write(b"%s: %s FOUND" % (name, alert))

    def failed(self, name: bytes, reason: bytes) -> None:
        """Something was not scanned."""
        self._write(b"%s: %s ERROR" % (name, reason) if name else reason + b" ERROR")

    def excluded(self, name: bytes) -> None:
        """Something is left out."""
        if not self._infected:
            self._write(name + b": Excluded")

    def other(self, text: bytes) -> None:
        """What else the daemon said."""
        if not self._infected:
            self._write(text)

    def note(self, name: bytes, text: bytes) -> None:
        """What became of something that alerts."""
        self._write(b"%s: %s" % (name, text))

    def warning(self, text: str) -> None:
        """Something is not as it should be."""
        self._complain(b"WARNING: " + os.fsencode(text))

    def error(self, text: str) -> None:
        """Something failed."""
        self._complain(b"ERROR: " + os.fsencode(text))

    def summary(self, tally: Tally) -> None:
        """The end of a run."""
        end = time.time()
        seconds = end - tally.started
        self._write(b"")
        self._write(b"----------- SCAN SUMMARY -----------")
        self._write(b"Infected files: %d" % tally.infected)
        if tally.errors:
            self._write(b"Total errors: %d" % tally.errors)
        whole = int(seconds)
        self._write(f"Time: {seconds:.3f} sec ({whole // 60} m {whole % 60} s)".encode())
        for label, when in (("Start Date:", tally.started), ("End Date:  ", end)):
            self._write(
                f"{label} {time.strftime('%Y:%m:%d %H:%M:%S', time.localtime(when))}".encode()
            )

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()

    def _write(self, line: bytes) -> None:
        if not self._quiet:
            self._out.write(line + b"\n")
            self._out.flush()
        if self._log is not None:
            self._log.write(line + b"\n")

    def _complain(self, line: bytes) -> None:
        self._err.write(line + b"\n")
        self._err.flush()
        if self._log is not None:
            self._log.write(line + b"\n")
