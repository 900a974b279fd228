"""What an updater remembers from run to run; what cannot be read is begun anew."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from nacre.feed.answer import MOST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1 << 20

_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_ADDRESS = re.compile(r"https?://[!-~]{1,300}", re.ASCII)
_MOST = 1 << 53


@dataclass(frozen=True, slots=True)
class State:
    """The memory of an updater."""

    uuid: str
    """Names this host to mirrors; stays the same."""
    high_water: Mapping[str, int] = field(default_factory=dict)
    """The highest version of each database that ever was in use."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """What a rollback went back from: these versions are not taken again."""
    blocked_until: int = 0
    """Before this time, since 1970, mirrors must not be asked."""
    forbidden: bool = False
    """Whether that is because they refuse this host."""
    checked: int = 0
    """When a mirror last said what is current, since 1970; 0 for never."""
    plain: Mapping[str, int] = field(default_factory=dict)
    """Mirrors, by address, that had no listing, and when to ask again, since 1970."""
    listed: Mapping[str, int] = field(default_factory=dict)
    """When the newest listing of each mirror was made, since 1970."""

    def blocked(self, now: float) -> bool:
        """Whether mirrors must be left alone; a clock that was wrong keeps nobody waiting."""
        return now < self.blocked_until <= now + MOST_SECONDS

    def to_json(self) -> bytes:
        """As it is kept."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"


def new() -> State:
    """The state of a host that knows nothing."""
    return State(str(uuid.uuid4()))


def parse(raw: bytes) -> State:
    """The state in `raw`; values that make no sense are as if they were not there."""
    try:
        kept = json.loads(raw[:MAX_BYTES])
    except (ValueError, RecursionError):
        return new()
    if not isinstance(kept, dict):
        return new()
    return State(
        uuid=_uuid(kept.get("uuid")),
        high_water=_versions(kept.get("high_water")),
        skipped=_versions(kept.get("skipped")),
        blocked_until=_number(kept.get("blocked_until")),
        forbidden=kept.get("forbidden") is True,
        checked=_number(kept.get("checked")),
        plain=_times(kept.get("plain")),
        listed=_times(kept.get("listed")),
    )


def _versions(value: object) -> dict[str, int]:
    versions = value if isinstance(value, dict) else {}
    return {
        name: _number(version)
        for name, version in versions.items()
        if _NAME.fullmatch(name) and _number(version)
    }


def _times(value: object) -> dict[str, int]:
    times = value if isinstance(value, dict) else {}
    return {
        base: _number(seconds)
        for base, seconds in times.items()
        if _ADDRESS.fullmatch(base) and _number(seconds)
    }


def _number(value: object) -> int:
    return value if type(value) is int and 0 <= value < _MOST else 0


def _uuid(value: object) -> str:
    try:
        return str(uuid.UUID(value if isinstance(value, str) else ""))
    except ValueError:
        return str(uuid.uuid4())
