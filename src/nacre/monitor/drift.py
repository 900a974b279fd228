"""How far databases are behind: those here behind a mirror or the DNS, a mirror behind the DNS."""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.cvd import Container
from nacre.feed import listing as listings
from nacre.feed.mirror import STANDARD, mirror
from nacre.feed.record import parse
from nacre.model.errors import ConfigError, DatabaseError, ProtocolError
from nacre.monitor.measurement import Measurement, State
from nacre.output.version import ENGINE
from nacre.transport.dns import DnsError, txt
from nacre.transport.http import FetchError, Request, Terms, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nacre.feed.listing import Listing
    from nacre.monitor.target import Target

_DAILY = re.compile(r"ClamAV [^/]*/(\d{1,9})/")
_FOUND = 200


def measure_drift(target: Target, version: str) -> Iterator[Measurement]:
    """Compare versions.

    Args:
        target: with `record` or `mirror`.
        version: what clamd answers to VERSION; used where there is no folder.
    """
    said: dict[str, Mapping[str, int]] = {}
    if target.record is not None:
        try:
            said["the DNS"] = _record(target.record, target.seconds)
        except (DnsError, ProtocolError, ValueError) as error:
            yield Measurement("dns", State.UNKNOWN, str(error))
    if target.mirror is not None:
        try:
            listing = _listing(target.mirror, target.seconds)
        except (ConfigError, FetchError, ProtocolError) as error:
            yield Measurement("mirror", State.CRITICAL, f"mirror: {error}")
        else:
            yield _mirror(listing)
            said["the mirror"] = {name: one.version for name, one in listing.files.items()}
    here = _here(target.database, version)
    if said:
        who, versions = next(iter(said.items()))  # the DNS knows best
        yield _behind("behind", _Sides("databases", here, who, versions), target.versions)
    if len(said) > 1:
        sides = _Sides("the mirror", said["the mirror"], "the DNS", said["the DNS"])
        yield _behind("drift", sides, target.versions)


@dataclass(frozen=True, slots=True)
class _Sides:
    """What somebody has, and what somebody else says is current."""

    what: str
    have: Mapping[str, int]
    who: str
    current: Mapping[str, int]


def _behind(name: str, sides: _Sides, thresholds: tuple[float, float]) -> Measurement:
    behind = {
        database: sides.current[database] - sides.have[database]
        for database in STANDARD
        if database in sides.current and database in sides.have
    }
    what, who = sides.what, sides.who
    if not behind:
        return Measurement(name, State.UNKNOWN, f"{what} cannot be compared with {who}")
    worst = max(behind, key=behind.__getitem__)
    most = max(behind[worst], 0)
    text = f"{what}: {worst} {most} versions behind {who}" if most else f"{what} as {who} says"
    warning, critical = thresholds
    return Measurement.judged(name, text, most, "", warning=warning, critical=critical)


def _mirror(listing: Listing) -> Measurement:
    """Whether the mirror keeps its promise."""
    now = time.time()
    hours = max(0.0, now - listing.made) / 3600
    said = f"mirror was up to date {hours:.1f} h ago"
    state = State.WARNING if listing.stale(now) else State.OK
    if state is State.WARNING:
        said += ", later than it promised"
    return Measurement("mirror", state, said, hours * 3600, "s")


def _record(text: str, seconds: float) -> Mapping[str, int]:
    name, _, server = text.partition("@")
    host, _, port = server.partition(":")
    servers = (host,) if host else ()
    return parse(txt(name, seconds=seconds, servers=servers, port=int(port or 53))).versions


def _listing(address: str, seconds: float) -> Listing:
    place = mirror(address, private=True)
    raw = io.BytesIO()
    terms = Terms(
        f"nacre/{ENGINE}", connect_seconds=seconds, pause_seconds=seconds, total_seconds=seconds
    )
    answer = fetch(Request(place.url(listings.NAME), listings.MAX_SIZE), raw, terms)
    if answer.status != _FOUND:
        raise FetchError(f"{place.url(listings.NAME)}: {answer.status}")
    return listings.parse(raw.getvalue())


def _here(database: Path | None, version: str) -> dict[str, int]:
    """Versions in the folder, else what clamd says of daily."""
    found: dict[str, int] = {}
    for name in STANDARD:
        for suffix in (".cld", ".cvd"):
            path = None if database is None else database / f"{name}{suffix}"
            if path is not None and path.is_file():
                try:
                    header = Container.open(path).header
                except DatabaseError:
                    continue
                found[name] = max(found.get(name, 0), header.version)
    match = _DAILY.match(version)
    if not found and match is not None:
        found["daily"] = int(match[1])
    return found
