"""What a mirror did: a log of requests, as web servers write it, and counters."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING

from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nacre.feed.listing import Listing

_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Served:
    """One request and its answer."""

    address: str
    method: str
    target: str
    protocol: str
    status: int
    size: int
    """Bytes of the body."""
    referrer: str
    agent: str


@dataclass(slots=True)
class Ledger:
    """Counts, and writes lines when there is a log."""

    log: logging.Handler | None = None
    requests: Counter[int] = field(default_factory=Counter)
    """By status."""
    size: int = 0
    """Bytes of bodies."""
    questions: Counter[str] = field(default_factory=Counter)
    """Of the DNS, by how they were answered."""

    def note(self, served: Served) -> None:
        """Count a request, and write its line in the combined log format."""
        self.requests[served.status] += 1
        self.size += served.size
        if self.log is not None:
            record = logging.LogRecord("mirror", logging.INFO, "", 0, line(served), None, None)
            self.log.handle(record)

    def metrics(self, listing: Listing | None, now: float) -> Iterator[str]:
        """Lines in the text format of Prometheus."""
        yield from _head("requests_total", "counter", "Requests answered, by status.")
        for status, count in sorted(self.requests.items()):
            yield f'nacre_mirror_requests_total{{status="{status}"}} {count}'
        yield from _head("sent_bytes_total", "counter", "Bytes of bodies sent.")
        yield f"nacre_mirror_sent_bytes_total {self.size}"
        yield from _head("dns_questions_total", "counter", "Questions of the DNS, by answer.")
        for answer, count in sorted(self.questions.items()):
            yield f'nacre_mirror_dns_questions_total{{answer="{answer}"}} {count}'
        if listing is None:
            return
        yield from _head("listing_made_seconds", "gauge", "When a source last was up to date.")
        yield f"nacre_mirror_listing_made_seconds {listing.made}"
        yield from _head("listing_stale", "gauge", "1 when there should be a newer listing.")
        yield f"nacre_mirror_listing_stale {int(listing.stale(now))}"
        yield from _head("database_version", "gauge", "Version of each database.")
        for name, entry in sorted(listing.files.items()):
            if entry.version:
                yield f'nacre_mirror_database_version{{database="{name}"}} {entry.version}'


def log_to(path: Path) -> logging.Handler:
    """A log that goes on in a new file when the old one was moved away; raises OSError."""
    handler = WatchedFileHandler(path, encoding="ascii", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def line(served: Served) -> str:
    """In the combined log format."""
    when = time.strftime("%d/%b/%Y:%H:%M:%S %z")
    target = f"{served.method} {served.target} {served.protocol}"
    return (
        f'{served.address} - - [{when}] "{_quoted(target)}" {served.status} {served.size} '
        f'"{_quoted(served.referrer)}" "{_quoted(served.agent)}"'
    )


def _quoted(text: str) -> str:
    shown = printable(text[:_MAX_TEXT]).replace("\\", "\\\\").replace('"', '\\"')
    return shown or "-"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP nacre_mirror_{name} {about}"
    yield f"# TYPE nacre_mirror_{name} {kind}"
