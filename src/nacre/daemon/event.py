"""The program that is run for what alerts (VirusEvent), one alert after the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nacre.output.journal import Journal

MAX_WAITING = 1000
"""Alerts that wait for their turn; more are logged and not told."""
_SECONDS = 60.0
"""That the program may take."""


class EventProgram:
    """Runs a command without a shell, with the names in its environment and little else."""

    def __init__(self, words: tuple[str, ...], journal: Journal) -> None:
        self._words = words
        self._journal = journal
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def run(self, name: bytes, alert: str) -> None:
        """Tell of one alert."""
        if self._waiting >= MAX_WAITING:
            self._journal.warning(f"VirusEvent: too many alerts, {os.fsdecode(name)} is not told")
            return
        self._waiting += 1
        try:
            async with self._turn:
                await self._run(name, alert)
        finally:
            self._waiting -= 1

    async def _run(self, name: bytes, alert: str) -> None:
        environment = {
            b"PATH": os.environ.get("PATH", os.defpath).encode(),
            b"CLAM_VIRUSEVENT_FILENAME": name,
            b"CLAM_VIRUSEVENT_VIRUSNAME": alert.encode("utf-8", "surrogateescape"),
        }
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            self._journal.error(f"VirusEvent: {self._words[0]}: {error.strerror}")
            return
        try:
            code = await asyncio.wait_for(process.wait(), _SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            self._journal.error(f"VirusEvent: stopped after {_SECONDS:.0f} seconds")
            return
        if code:
            self._journal.warning(f"VirusEvent: {self._words[0]} ended with {code}")
