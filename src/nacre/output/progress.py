"""One line on a terminal that says how far a scan is. Nothing at all elsewhere."""

from __future__ import annotations

import os
import shutil
import time
from typing import TextIO

from nacre.output.quantity import duration, size

REDRAW_SECONDS = 0.1
_ERASE = "\r\x1b[K"


def is_terminal(stream: TextIO) -> bool:
    """Whether lines can be redrawn on `stream`."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Progress:
    """The line; `begin` when the scan begins, `erase` before anything else is printed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False
        self._started = time.monotonic()
        self._due = self._started
        self.total: tuple[int, int] | None = None
        """Files and bytes there are, once somebody knows."""

    def draw(self, files: int, bytes_read: int) -> None:
        """Draw the line again, at most a few times a second."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + REDRAW_SECONDS
        line = self._line(files, bytes_read, now - self._started)
        width = shutil.get_terminal_size().columns
        self._stream.write(_ERASE + line[: max(0, width - 1)])
        self._stream.flush()
        self._shown = True

    def erase(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._shown = False

    def _line(self, files: int, bytes_read: int, seconds: float) -> str:
        rate = bytes_read / seconds if seconds else 0.0
        speed = f"{size(bytes_read)}  {size(rate)}/s"
        if self.total is None:
            return f"{files:,} files  {speed}"
        total_files, total_bytes = self.total
        # Bytes foretell the time, but empty files take some as well.
        done = (bytes_read + files * 4096) / max(1, total_bytes + total_files * 4096)
        left = duration(seconds / done - seconds) if 0 < done <= 1 else "-"
        return f"{files:,} of {total_files:,} files  {speed}  {left} left"
