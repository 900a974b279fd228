"""Who says what is in a file: workers of our own, or a clamd."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a scan."""

    alert: str = ""
    """What was found; empty for nothing."""
    error: str = ""
    """Why there is no verdict."""
    incomplete: str = ""
    """Why not all of it was looked at."""


Done = Callable[[Verdict], None]


class Scanner(Protocol):
    """Scans files one after the other or at once, and never keeps its caller waiting."""

    def scan(self, descriptor: int, path: bytes, done: Done) -> None:
        """Have what is behind `descriptor`, which is closed afterwards, scanned.

        `done` is called later, from the event loop.
        """

    async def load(self) -> str:
        """Get ready, or ready again with other signatures; says with what.

        Raises:
            NacreError: there is nothing to scan with.
        """

    def close(self) -> None:
        """End."""


def dropped(descriptor: int, done: Done, error: str) -> None:
    """No verdict, because of `error`."""
    os.close(descriptor)
    done(Verdict(error=error))
