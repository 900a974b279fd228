"""The screen of clamdtop: lines from what daemons said, without a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.protocol.statistics import Snapshot

KEYS = (
    "q       end",
    "1 … 9   show one daemon",
    "0       show all of them",
    "← →     the daemon before, the next one",
    "r       forget the largest queue",
    "h       show and hide these keys",
)
_BAR = 10
_HEAD = f" No {'Daemon':26} {'State':7} {'Threads':17} {'Queue':>5} {'Most':>5} {'Memory':>9}"
_TASKS = f" No {'Command':14} {'Since':>9}  File"
_HINT = "h keys  q end "
_HOUR = 3600


class Look(Enum):
    """How a line looks."""

    PLAIN = "plain"
    TITLE = "title"
    HEAD = "head"
    GOOD = "good"
    BUSY = "busy"
    BAD = "bad"


Line = tuple[str, Look]


@dataclass(slots=True)
class Watched:
    """One daemon, and what it said last."""

    name: str
    version: str = ""
    snapshot: Snapshot | None = None
    trouble: str = "no answer yet"
    """Why there is nothing to show."""
    most: int = 0
    """The largest queue so far."""


@dataclass(slots=True)
class View:
    """What the user wants to see."""

    daemons: list[Watched] = field(default_factory=list)
    chosen: int | None = None
    """Which daemon alone; None for all."""
    keys: bool = False


def screen(view: View, now: str, width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` characters."""
    lines = list(_lines(view, now, width))
    if len(lines) > height:
        hidden = len(lines) - height + 1
        lines = [*lines[: height - 1], (f" … {hidden} more", Look.HEAD)]
    return [(_cut(text, width), look) for text, look in lines]


def _cut(text: str, width: int) -> str:
    """As much of `text` as fits into `width` columns of a terminal."""
    if text.isascii():
        return text[:width]
    columns = 0
    for at, letter in enumerate(text):
        columns += _columns(letter)
        if columns > width:
            return text[:at]
    return text


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "FW" else 1


def _lines(view: View, now: str, width: int) -> Iterator[Line]:
    title = f" clamdtop  {now}"
    yield title + _HINT.rjust(max(0, width - len(title))), Look.TITLE
    if view.keys:
        yield "", Look.PLAIN
        for key in KEYS:
            yield f"   {key}", Look.PLAIN
        yield "", Look.PLAIN
    shown = [
        (number, daemon)
        for number, daemon in enumerate(view.daemons, start=1)
        if view.chosen is None or number == view.chosen
    ]
    yield _HEAD, Look.HEAD
    for number, daemon in shown:
        yield from _summary(number, daemon)
    tasks = [
        (number, task)
        for number, daemon in shown
        if daemon.snapshot is not None
        for task in daemon.snapshot.tasks
        if task.verb != "STATS"  # that is us
    ]
    yield "", Look.PLAIN
    yield _TASKS, Look.HEAD
    for number, task in sorted(tasks, key=lambda each: -each[1].seconds):
        text = f" {number:2} {printable(task.verb)[:14]:14} {_since(task.seconds):>9}  "
        yield text + printable(task.name), Look.PLAIN
    if not tasks:
        yield " nothing is being scanned", Look.PLAIN


def _summary(number: int, daemon: Watched) -> Iterator[Line]:
    name = printable(daemon.name)
    name = name if len(name) <= 26 else f"…{name[-25:]}"  # noqa: PLR2004 - the column's width
    snapshot = daemon.snapshot
    if snapshot is None:
        yield f" {number:2} {name:26} {printable(daemon.trouble)}", Look.BAD
        return
    busy = max(0, snapshot.live - snapshot.idle)
    full = min(_BAR, round(_BAR * busy / snapshot.most)) if snapshot.most else 0
    bar = "█" * full + "·" * (_BAR - full)
    threads = f"{bar} {f'{busy}/{snapshot.most}':>6}"
    memory = snapshot.memory.get("heap", 0.0) + snapshot.memory.get("pools_total", 0.0)
    state = printable(snapshot.state.split(" ", maxsplit=1)[0])[:7]
    text = f" {number:2} {name:26} {state:7} {threads} {snapshot.queue:5} {daemon.most:5}"
    look = Look.BAD if state != "VALID" else Look.BUSY if busy >= snapshot.most else Look.GOOD
    yield f"{text} {memory:8.1f}M", look
    if daemon.version:
        yield f"      {printable(daemon.version)}", Look.PLAIN
    if snapshot.own:
        said = "  ".join(f"{key} {value}" for key, value in snapshot.own.items())
        yield f"      {printable(said)}", Look.PLAIN


def _since(seconds: float) -> str:
    if seconds >= _HOUR:
        return f"{int(seconds) // _HOUR}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"


def once(daemons: Sequence[Watched], now: str) -> list[str]:
    """What is printed where there is no terminal."""
    lines = _lines(View(list(daemons)), now, 0)
    return [text.removesuffix(_HINT).rstrip() for text, _ in lines]
