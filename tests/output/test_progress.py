from __future__ import annotations

import io
from typing import TYPE_CHECKING

from nacre.output import progress
from nacre.output.progress import Progress, is_terminal
from nacre.output.quantity import duration, size

if TYPE_CHECKING:
    import pytest


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_drawn_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_terminal(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_terminal(_Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert is_terminal(_Terminal())


def test_the_line_is_taken_away_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0.0)
    stream = _Terminal()
    line = Progress(stream)
    line.erase()
    assert stream.getvalue() == ""
    line.draw(3, 10_000_000)
    assert "3 files  10.0 MB" in stream.getvalue()
    line.total = (1200, 20_000_000)
    line.draw(600, 10_000_000)
    assert "600 of 1,200 files" in stream.getvalue()
    assert "left" in stream.getvalue()
    line.erase()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_quantities() -> None:
    assert [size(n) for n in (0, 999, 1000, 12_345_678, 5e12)] == [
        "0 B", "999 B", "1.0 kB", "12.3 MB", "5.0 TB"
    ]  # fmt: skip
    assert [duration(n) for n in (0, 65, 3723)] == ["0:00", "1:05", "1:02:03"]
