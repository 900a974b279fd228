"""The answer to STATS, as a client reads it: ClamAV's, and the line that nacre adds.

Lines: ``STATE: VALID PRIMARY``, ``THREADS: live 1  idle 0 max 10 idle-timeout 30``, ``QUEUE: 0
items`` with waits where there are some, one line for each command being done (tab, verb, seconds,
file name), ``MEMSTATS: heap 1.2M mmap …``, ``NACRE: scans 9 alerts 5 …``, ``END``. Several pools
have a ``STATE`` each. What a line lacks is left at its default: the other side may be anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TASKS = 1000
_MAX_WORDS = 64
_MAX_DIGITS = 9
_MAX_REAL = 20


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a daemon is doing."""

    verb: str
    seconds: float
    name: str
    """Of the file, as the daemon tells it: whatever a client chose."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a daemon said about itself."""

    state: str = ""
    live: int = 0
    idle: int = 0
    most: int = 0
    queue: int = 0
    longest: float = 0.0
    """Seconds that the oldest of the queue has waited."""
    tasks: tuple[Task, ...] = ()
    memory: Mapping[str, float] = field(default_factory=dict)
    """MiB by what they are used for, where the daemon knows."""
    own: Mapping[str, str] = field(default_factory=dict)
    """What only nacre tells."""


def parse(answer: bytes) -> Snapshot:
    """What `answer` says.

    Raises:
        ProtocolError: this is no answer to STATS; its text is what was said instead.
    """
    lines = answer.decode("utf-8", "surrogateescape").split("\n")
    if not any(line.startswith("STATE:") for line in lines):
        raise ProtocolError(lines[0].strip("\0\r ") or "no answer")
    state = ""
    threads: dict[str, str] = {}
    queue: dict[str, str] = {}
    memory: dict[str, str] = {}
    own: dict[str, str] = {}
    tasks: list[Task] = []
    items = live = idle = most = 0
    for line in lines:
        head, _, rest = line.partition(":")
        if line.startswith("\t"):
            if len(tasks) < MAX_TASKS:
                tasks.append(_task(line[1:]))
        elif head == "STATE":
            state = state or rest.strip()
        elif head == "THREADS":
            threads = _pairs(rest)
            live += _number(threads, "live")
            idle += _number(threads, "idle")
            most += _number(threads, "max")
        elif head == "QUEUE":
            count, _, waits = rest.strip().partition(" items")
            items += _whole(count)
            queue = {**queue, **{key.rstrip(":"): value for key, value in _pairs(waits).items()}}
        elif head == "MEMSTATS":
            memory = _pairs(rest)
        elif head == "NACRE":
            own = _pairs(rest)
    return Snapshot(
        state,
        live,
        idle,
        most,
        items,
        _real(queue.get("max_wait", "")) or 0.0,
        tuple(tasks),
        {key: size for key, value in memory.items() if (size := _real(value)) is not None},
        own,
    )


def _task(line: str) -> Task:
    verb, _, rest = line.partition(" ")
    seconds, _, name = rest.partition(" ")
    return Task(verb, _real(seconds) or 0.0, name.strip())


def _pairs(text: str) -> dict[str, str]:
    words = text.split()[:_MAX_WORDS]
    return dict(zip(words[::2], words[1::2], strict=False))


def _number(pairs: dict[str, str], key: str) -> int:
    return _whole(pairs.get(key, ""))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else 0


def _real(text: str) -> float | None:
    text = text.removesuffix("M")
    if not text.isascii() or not text.replace(".", "", 1).isdigit() or len(text) > _MAX_REAL:
        return None
    return float(text)
