"""What sessions share: clients, workers, counters, and the switches of the whole daemon."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.daemon.buffer import Memory
from nacre.daemon.connection import Connection
from nacre.daemon.examiner import Examiner
from nacre.daemon.session import Session
from nacre.daemon.statistics import Statistics
from nacre.database.sources import find
from nacre.model.errors import DatabaseError
from nacre.workers.crew import Staffing
from nacre.workers.scanning import Garden, Loaded, Outcome, Scanning

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from nacre.daemon.event import EventProgram
    from nacre.daemon.listener import Listener
    from nacre.daemon.plan import Serving
    from nacre.database.sources import Source
    from nacre.output.journal import Journal
    from nacre.walk import Plan

SWEEP_SECONDS = 0.25
"""How often deadlines of clients are looked at."""
DRAIN_SECONDS = 30.0
"""How long what was begun may take when the daemon is to end."""
_ACCEPTED_AT_ONCE = 64
_PAUSE_SECONDS = 0.1
"""Without accepting, when there are no descriptors left."""
_SPACE = 1 << 18


class Server:
    """Accepts clients, and has what their sessions need. Lives in one event loop."""

    def __init__(
        self,
        serving: Serving,
        journal: Journal,
        garden: Garden,
        paths: Sequence[str],
        program: EventProgram | None,
    ) -> None:
        self.serving = serving
        self.journal = journal
        self.walk: Plan = serving.walk
        self.statistics = Statistics()
        self.memory = Memory()
        self.space = memoryview(bytearray(_SPACE))
        """Where streams are read into, one at a time."""
        self.threads = ThreadPoolExecutor(max(4, serving.max_threads), "walk")
        self._paths = tuple(paths)
        self._program = program
        self._loop = asyncio.get_running_loop()
        self.scanning = Scanning(
            self._loop,
            garden,
            Staffing(
                warm=min(serving.max_threads, max(2, os.cpu_count() or 1)),
                most=serving.max_threads,
                deadline=serving.deadline,
                idle_seconds=serving.idle_timeout or 30.0,
            ),
            self.statistics,
            self._workers_lost,
        )
        self._listeners: tuple[Listener, ...] = ()
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._sources: tuple[Source, ...] = ()
        self._loading: asyncio.Task[None] | None = None
        self._again = False
        self._drained = False
        self._background: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    # Its life.

    async def run(self, listeners: Sequence[Listener]) -> None:
        """Serve until `stop`; then finish what was begun. The database must have been loaded."""
        self._listeners = tuple(listeners)
        for listener in listeners:
            listener.socket.settimeout(0)
            self._loop.add_reader(listener.socket.fileno(), self._accept, listener)
        sweeping = self._loop.create_task(self._sweep())
        checking = self._loop.create_task(self._check_now_and_then())
        await self._ended.wait()
        await self._drain()
        self._drained = True
        for task in (sweeping, checking, self._loading, *self._background):
            if task is not None:
                task.cancel()
        self.scanning.close()
        self.threads.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Take no more clients, and end when the present ones have their answers."""
        self._ended.set()

    async def _drain(self) -> None:
        for listener in self._listeners:
            self._accept(listener)  # who has connected is served
            self._loop.remove_reader(listener.socket.fileno())
        ending = time.monotonic() + DRAIN_SECONDS
        while self._connections and time.monotonic() < ending:
            for connection in tuple(self._connections):
                connection.drain()
            await asyncio.wait(
                self._connections.values(),
                timeout=SWEEP_SECONDS,
                return_when=asyncio.ALL_COMPLETED,
            )
        for task in self._connections.values():
            task.cancel()

    # Clients.

    def _accept(self, listener: Listener) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                client, address = listener.socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                    self._pause(listener, error)
                return
            client.settimeout(0)
            name = "local"
            if client.family != socket.AF_UNIX:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                name = f"{address[0]}@{address[1]}"
            connection = Connection(client, self._loop, name)
            self._connections[connection] = self._loop.create_task(self._serve(connection))

    async def _serve(self, connection: Connection) -> None:
        try:
            await Session(self, connection).run()
        except Exception as error:  # noqa: BLE001 - the per-session boundary: a bug costs one client
            self.journal.error(f"internal error: {type(error).__name__}: {error}")
        finally:
            connection.close()
            del self._connections[connection]

    def _pause(self, listener: Listener, error: OSError) -> None:
        self.journal.warning(f"accept() failed: {error.strerror}")
        fd = listener.socket.fileno()
        self._loop.remove_reader(fd)
        self._loop.call_later(_PAUSE_SECONDS, self._go_on, listener)

    def _go_on(self, listener: Listener) -> None:
        if not self._ended.is_set():
            self._loop.add_reader(listener.socket.fileno(), self._accept, listener)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            for connection in tuple(self._connections):
                connection.expire(now)

    # Scans.

    async def scan(
        self, descriptor: int, name: bytes, verb: str, *, all_match: bool = False
    ) -> Outcome:
        """Have what is behind `descriptor` scanned; it is closed afterwards."""
        return await self.scanning.scan(
            descriptor, name, verb, all_match=all_match, digest=self.serving.detection_info
        )

    def event(self, name: bytes, alert: str) -> None:
        """Have the program for alerts run."""
        if self._program is not None:
            self._spawn(self._program.run(name, alert))

    # The database.

    async def load(self) -> Loaded:
        """Load the database as it is; raises DatabaseError."""
        self._sources = await self._look()
        loaded = await self.scanning.load()
        if loaded.trouble:
            self.journal.error(f"{loaded.trouble}; using the last good database")
        for warning in loaded.warnings:
            self.journal.warning(f"malformed line skipped: {warning}")
        if loaded.malformed > len(loaded.warnings):
            self.journal.warning(f"{loaded.malformed} malformed lines skipped in all")
        return loaded

    def reload(self) -> None:
        """Load the database again; at most one at a time, and once more when asked meanwhile."""
        if self._drained:
            return
        if self._loading is not None:
            self._again = True
            return
        self._loading = self._loop.create_task(self._reload())

    async def _reload(self) -> None:
        try:
            self.journal.line(f"Reading databases from {self._paths[0]}")
            try:
                loaded = await self.load()
            except DatabaseError as error:
                self.journal.error(f"{error}")
                self.journal.warning("Database reload failed, keeping the previous instance")
            else:
                self.journal.line(f"Database correctly reloaded ({loaded.signatures} signatures)")
                self.journal.line("Activating the newly loaded database...")
        finally:
            self._loading = None
            if self._again:
                self._again = False
                self.reload()

    async def self_check(self) -> bool:
        """Whether the database has changed, or is being loaded; loads it then."""
        if self._loading is not None:
            return True
        if await self._look() == self._sources:
            self.journal.line("SelfCheck: Database status OK.")
            return False
        self.journal.line("SelfCheck: Database modification detected. Forcing reload.")
        self.reload()
        return True

    async def _check_now_and_then(self) -> None:
        examiner = Examiner(Path(self._paths[0]), self.journal)
        while self.serving.self_check:
            await asyncio.sleep(self.serving.self_check)
            await self.self_check()
            self._spawn(examiner.look())

    async def _look(self) -> tuple[Source, ...]:
        """The files of the database as they are now."""
        return await self._loop.run_in_executor(self.threads, _sources, self._paths)

    def _workers_lost(self) -> None:
        self.statistics.replaced += 1
        self.journal.error("the process that forks workers died; starting another")
        self.reload()

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _sources(paths: tuple[str, ...]) -> tuple[Source, ...]:
    with contextlib.suppress(DatabaseError):
        return find([Path(path) for path in paths]).files
    return ()
