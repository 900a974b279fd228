"""When something was last scanned, and what came of it: read from the report of `nacre scan`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from nacre.monitor.measurement import Measurement, State

if TYPE_CHECKING:
    from pathlib import Path

WARNING_DAYS, CRITICAL_DAYS = 8.0, 15.0
"""For a scan that runs once a week."""
_TAIL = 64 << 10
_DAY = 86_400


def measure_scan(report: Path) -> Measurement:
    """What the last line of a report says, which `nacre scan --format jsonl` wrote.

    The time is that of the file, which the end of the scan wrote last.
    """
    try:
        with report.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            lines = file.read(_TAIL).splitlines()
            days = max(0.0, time.time() - report.stat().st_mtime) / _DAY
        summary = json.loads(lines[-1]) if lines else {}
    except OSError as error:
        return Measurement("scan", State.UNKNOWN, f"{report}: {error.strerror}")
    except (ValueError, RecursionError):
        summary = {}
    if not isinstance(summary, dict) or summary.get("type") != "summary":
        return Measurement("scan", State.WARNING, f"{report}: no scan has ended there")
    return _judged(summary, days)


def _judged(summary: dict[str, object], days: float) -> Measurement:
    said = f"last scan {days:.1f} days ago"
    limits = {"warning": WARNING_DAYS, "critical": CRITICAL_DAYS}
    by_age = Measurement.judged("scan", said, days, "d", **limits)
    counts = {
        word: summary.get(key)
        for key, word in (
            ("alerts", "alerts"),
            ("incomplete", "not fully scanned"),
            ("errors", "errors"),
        )
        if summary.get(key)
    }
    for word, count in counts.items():
        said += f", {word}: {count}"
    state = by_age.state
    if summary.get("interrupted") is True:
        said += ", interrupted"
    if summary.get("interrupted") is True or counts:
        state = max(state, State.WARNING)
    if summary.get("alerts"):
        state = State.CRITICAL
    return Measurement("scan", state, said, days, "d", WARNING_DAYS, CRITICAL_DAYS)
