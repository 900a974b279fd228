"""Version records: what the TXT record of ``current.cvd.clamav.net`` says.

``version:main:daily:time:warn:level:safebrowsing:bytecode``. Databases that are not in it have a
record of their own at ``NAME.cvd.clamav.net``: ``version:time``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_AGE = 12 * 3600
"""Seconds after which a record is not believed."""

_PLACES = {"main": 1, "daily": 2, "safebrowsing": 6, "bytecode": 7}
_TIME = 3
_WARN = 4
_FEWEST = 5
_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_RELEASE = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """What is current."""

    recommended: str
    """The release of ClamAV that everyone should have, such as ``1.4.3``; may be empty."""
    warn: bool
    """Whether older releases should be told."""
    seconds: int
    """When the record was made, since 1970."""
    versions: Mapping[str, int]
    """Of the databases it is about."""

    def stale(self, now: float) -> bool:
        """Whether it is too old to be believed."""
        return self.seconds + MAX_AGE < now

    def outdates(self, release: str) -> bool:
        """Whether it asks users of `release` to take the recommended one."""
        wanted, have = _numbers(self.recommended), _numbers(release)
        return self.warn and wanted is not None and have is not None and have < wanted


def parse(text: str) -> Record:
    """The record in a TXT string.

    Raises:
        ProtocolError: it is none.
    """
    fields = text.strip().split(":")
    if len(fields) < _FEWEST or not _NUMBER.fullmatch(fields[_TIME]):
        raise ProtocolError(f"not a version record: {text[:80]!a}")
    versions = {
        name: int(fields[place])
        for name, place in _PLACES.items()
        if place < len(fields) and _NUMBER.fullmatch(fields[place]) and int(fields[place])
    }
    release = fields[0] if _RELEASE.fullmatch(fields[0]) else ""
    return Record(release, fields[_WARN] != "0", int(fields[_TIME]), versions)


def parse_single(name: str, text: str) -> Record:
    """The record of one database.

    Raises:
        ProtocolError: it is none.
    """
    version, _, seconds = text.strip().partition(":")
    seconds = seconds.partition(":")[0]
    if not (_NUMBER.fullmatch(version) and _NUMBER.fullmatch(seconds)):
        raise ProtocolError(f"not a version record of {name}: {text[:80]!a}")
    return Record("", warn=False, seconds=int(seconds), versions={name: int(version)})


def _numbers(release: str) -> tuple[int, ...] | None:
    if not _RELEASE.fullmatch(release):
        return None
    return tuple(int(number) for number in release.split("."))
