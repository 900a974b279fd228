"""A host that updates from a mirror on the loopback, and what it says on the way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import feeds
import webserver
from nacre.feed.mirror import Mirror
from nacre.transport.http import Terms
from nacre.updater.options import Options
from nacre.updater.update import update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nacre.updater.outcome import Outcome


@dataclass
class Heard:
    """A teller that remembers."""

    lines: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def verbose(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        self.lines.append(f"WARNING: {text}")

    def error(self, text: str) -> None:
        self.lines.append(f"ERROR: {text}")

    def __contains__(self, text: str) -> bool:
        return any(text in line for line in self.lines)


@dataclass
class Host:
    """A host with a database folder, and the mirror that it asks."""

    folder: Path
    mirror: webserver.Mirror
    options: Options
    heard: Heard = field(default_factory=Heard)

    def update(self, **changes: object) -> Outcome:
        self.heard = Heard()
        self.mirror.asked.clear()
        return update(replace(self.options, **changes), self.heard)  # type: ignore[arg-type]

    def offer(self, version: int, name: str = "daily") -> Path:
        """Have the mirror offer this version, with the step to it."""
        feeds.step(self.mirror.folder / f"{name}-{version}.cdiff", name, version)
        return feeds.database(self.mirror.folder / f"{name}.cvd", version)


def options(folder: Path, url: str, *, private: bool) -> Options:
    """For one database, from one mirror, without waiting."""
    return Options(
        directory=folder,
        databases=("daily",),
        customs={},
        mirrors=(Mirror(url, private=private),),
        record=None,
        scripted=True,
        packed=False,
        attempts=1,
        restricted=False,
        terms=Terms("test", connect_seconds=5, pause_seconds=2, total_seconds=10),
        keys=feeds.KEYS,
        pause=0,
    )


@contextmanager
def updating(tmp_path: Path) -> Iterator[Host]:
    served, folder = tmp_path / "served", tmp_path / "databases"
    served.mkdir()
    folder.mkdir()
    with webserver.serving(served) as mirror:
        made = options(folder, mirror.url, private=False)
        yield Host(folder, mirror, made)
