"""Scanning a path.

The walk is in a thread, since a directory may hang for ever; files are scanned some at a time.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import TYPE_CHECKING

from nacre.daemon.verdict import lines, note
from nacre.model.errors import ScanError
from nacre.protocol import answer
from nacre.walk import Excluded, Gone, Reason, Target, Unreadable, Unsupported, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.daemon.exchange import Exchange
    from nacre.walk import Event
    from nacre.workers.scanning import Outcome

_BATCH = 64
"""What a walk meets before it is heard of."""


async def scan_tree(
    exchange: Exchange,
    *,
    stop_at_alert: bool = False,
    in_order: bool = True,
    all_match: bool = False,
) -> None:
    """Scan the path that is the argument, and answer for what is not clean, or for the path."""
    await _Tree(exchange, stop_at_alert=stop_at_alert, in_order=in_order, all_match=all_match).run()


class _Stop(Exception):  # noqa: N818 - not an error
    """Nothing more is to be scanned."""


class _Tree:
    def __init__(
        self, exchange: Exchange, *, stop_at_alert: bool, in_order: bool, all_match: bool
    ) -> None:
        self._exchange = exchange
        self._server = exchange.server
        self._stop_at_alert = stop_at_alert
        self._in_order = in_order
        self._all_match = all_match
        self._told = False
        """Something was answered, so that the path as a whole is not called OK."""
        self._running: deque[asyncio.Task[tuple[bytes, Outcome]]] = deque()
        self._opened: list[tuple[Target, int]] = []

    async def run(self) -> None:
        path = self._exchange.argument.rstrip(b"/") or self._exchange.argument[:1]
        loop = asyncio.get_running_loop()
        walk = visit(path, self._server.walk)
        try:
            while batch := await loop.run_in_executor(self._server.threads, _some, walk):
                for event, opened in batch:
                    await self._meet(event, opened)
                if self._exchange.connection.gone():
                    return
            while self._running:
                await self._collect()
        except _Stop:
            pass
        finally:
            for task in self._running:
                task.cancel()
        if not self._told:
            await self._exchange.answer(answer.ok(path))

    async def _meet(self, event: Event, opened: int | OSError | ScanError | None) -> None:
        if isinstance(event, Target):
            await self._file(event, opened)
            return
        if isinstance(event, Excluded):
            if self._in_order and event.reason in {Reason.PATTERN, Reason.FILESYSTEM}:
                other = event.reason is Reason.FILESYSTEM
                await self._say(answer.excluded(event.path, other_filesystem=other))
        elif isinstance(event, Gone):
            reason = f"File path check failure: {os.strerror(event.code)}."
            if event.argument:
                self._server.journal.warning(
                    f"File path check failure on: {os.fsdecode(event.path)}"
                )
            await self._say(answer.error(event.path, reason))
        elif isinstance(event, Unreadable):
            await self._say(answer.error(event.path, "Access denied."))
        elif isinstance(event, Unsupported) and event.argument:
            self._server.journal.line(f"Not supported file type: {os.fsdecode(event.path)}")
            await self._exchange.answer(answer.error(event.path, "Not supported file type"))

    async def _file(self, target: Target, opened: int | OSError | ScanError | None) -> None:
        if not isinstance(opened, int):
            if not isinstance(opened, FileNotFoundError):
                reason = "Access denied." if isinstance(opened, PermissionError) else str(opened)
                self._server.journal.line(f"{os.fsdecode(target.path)}: {reason} ERROR")
                await self._say(answer.error(target.path, reason))
            return
        while len(self._running) >= max(2, self._server.scanning.workers):
            try:
                await self._collect()
            except BaseException:
                os.close(opened)
                raise
        self._running.append(asyncio.create_task(self._scan(target.path, opened)))

    async def _scan(self, path: bytes, descriptor: int) -> tuple[bytes, Outcome]:
        verb = self._exchange.verb
        return path, await self._server.scan(descriptor, path, verb, all_match=self._all_match)

    async def _collect(self) -> None:
        """Answer for the scan that is next, or for whichever is done."""
        if self._in_order:
            task = self._running.popleft()
        else:
            done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            task = done.pop()
            self._running.remove(task)
        path, outcome = await task
        note(self._server, path, outcome)
        for line in lines(path, outcome, all_match=self._all_match):
            await self._say(line)
        if outcome.alerts and self._stop_at_alert:
            raise _Stop

    async def _say(self, line: bytes) -> None:
        self._told = True
        await self._exchange.answer(line)


def _some(walk: Iterator[Event]) -> list[tuple[Event, int | OSError | ScanError | None]]:
    """The next that a walk meets, up to a file, which is opened."""
    met: list[tuple[Event, int | OSError | ScanError | None]] = []
    for event in walk:
        if not isinstance(event, Target):
            met.append((event, None))
        else:
            try:
                met.append((event, event.open()))
            except (OSError, ScanError) as error:
                met.append((event, error))
        if len(met) >= _BATCH or (met and isinstance(event, Target)):
            break
    return met
