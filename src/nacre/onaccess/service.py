"""The life of the supervisor: from the first mark to the last answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import NacreError
from nacre.onaccess.changes import changed_since
from nacre.onaccess.guard import Guard
from nacre.onaccess.scope import mount_at
from nacre.onaccess.watch import Place, Watch, WatchError
from nacre.output.escape import printable
from nacre.transport import store
from nacre.transport.systemd import notify, watchdog_seconds
from nacre.walk.filesystem import mounts

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from nacre.onaccess.plan import Plan
    from nacre.onaccess.verdict import Scanner
    from nacre.output.journal import Journal

STATUS_SECONDS = 5.0
"""How often the status file is written."""
BEHIND_SECONDS = 5.0
"""That may pass between an event and its loss being noticed."""
PAUSE_SECONDS = 1.0
"""Between looking through folders for what changed, and doing so again."""
MOUNT_SECONDS = 1.0
"""How often new mounts are looked for."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What else is to be done."""

    found: Callable[[bytes, str, int], None] = lambda _path, _alert, _descriptor: None
    changed: Callable[[], object] = lambda: None
    """Something that is another thing when there are other signatures."""
    ready: Callable[[], None] = lambda: None
    status: Path | None = None
    """A file that says how it is going."""
    check_seconds: float = 60.0
    """How often `changed` is looked at."""


class Service:
    """Protects what a plan says, until it is told to end."""

    def __init__(self, plan: Plan, scanner: Scanner, journal: Journal, hooks: Hooks) -> None:
        self._plan = plan
        self._scanner = scanner
        self._journal = journal
        self._hooks = hooks
        self._ended = asyncio.Event()
        self._guards: list[Guard] = []
        """The one that answers, and the one, if any, that is told of what was written."""
        self._walked: list[Path] = []
        self._missed = math.inf
        self._looking = False
        self._devices: set[int] = set()
        """File systems that have been dealt with."""
        self._background: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Protect; the exit code.

        Raises:
            NacreError: it cannot be; nothing was protected.
        """
        said = await self._scanner.load()
        self._journal.line(f"on-access: {said}")
        plan = self._plan
        watch = Watch(
            prevention=plan.policy.prevention,
            patience=plan.patience,
            deny=plan.policy.deny_on_error,
            moved=plan.extra and not plan.policy.prevention,
        )
        guard = Guard(
            watch, plan.scope, self._scanner, plan.policy, self._journal,
            found=self._hooks.found, overflowed=self._overflowed,
        )  # fmt: skip
        self._guards = [guard]
        if plan.extra and plan.policy.prevention:
            self._guards.append(self._extra(guard))
        running = asyncio.gather(*(each.run(self._ended) for each in self._guards))
        try:
            self._mark()
            self._handle_signals(guard)
            for task in (
                self._check(guard),
                self._tell(guard, watch),
                self._look_for_mounts(),
                self._live(),
            ):
                self._spawn(task)
            self._hooks.ready()
            notify("READY=1")
            await running
        finally:
            self._ended.set()
            for each in tuple(self._background):
                each.cancel()
            await running
            self._scanner.close()
        self._journal.line("on-access: ended")
        return 0

    def end(self) -> None:
        """Stop protecting."""
        self._ended.set()

    def _extra(self, guard: Guard) -> Guard:
        """Scans what was written as soon as it is closed, and what is moved in; nobody waits."""
        watch = Watch(
            prevention=False, patience=self._plan.patience, deny=False, written=True, moved=True
        )
        policy = replace(self._plan.policy, prevention=False, strict=True)
        return replace(guard, watch=watch, policy=policy, _running={})

    # Marks.

    def _mark(self) -> None:
        for path, place in self._plan.marks:
            began = time.monotonic()
            done = self._marked(path, place)
            self._devices.add(path.stat().st_dev)
            took = (time.monotonic() - began) * 1000
            self._journal.line(f"on-access: {path} is protected ({done}, {took:.1f} ms)")
        self._mark_below()

    def _mark_below(self) -> None:
        """Mark the file systems that are mounted below protected folders.

        Each time again: what is at a device may be another one by now, and its mark was lost with
        the one before.
        """
        folders = [path for path, place in self._plan.marks if place is Place.FILESYSTEM]
        for mount in mounts():
            point = Path(os.fsdecode(mount.point))
            inside = any(point.is_relative_to(folder) for folder in folders)
            if mount.virtual or not inside:
                continue
            if mount.device in self._devices:
                with contextlib.suppress(OSError):
                    for guard in self._guards:
                        guard.watch.mark(point, Place.FILESYSTEM)
                    self._plan.scope.mounts.add(mount_at(point))
                continue
            self._devices.add(mount.device)
            try:
                done = self._marked(point, Place.FILESYSTEM)
            except WatchError as error:
                self._journal.error(f"on-access: {error}")
            else:
                self._plan.scope.mounts.add(mount_at(point))
                self._journal.line(f"on-access: {point} is protected ({done})")

    async def _look_for_mounts(self) -> None:
        while True:
            await asyncio.sleep(MOUNT_SECONDS)
            self._mark_below()

    def _marked(self, path: Path, place: Place) -> str:
        """How it was done, for the guard that answers."""
        done = [self._marked_by(guard, path, place) for guard in self._guards]
        if self._plan.extra and path not in self._walked:
            try:
                self._guards[-1].watch.mark_moves(path)
            except OSError as error:
                self._journal.warning(
                    f"on-access: {path}: what is moved there is scanned when it is opened: "
                    f"{error.strerror}"
                )
        return done[0]

    def _marked_by(self, guard: Guard, path: Path, place: Place) -> str:
        """How it was done: as a whole where the kernel lets us, else folder by folder."""
        wholes = [Place.FILESYSTEM, Place.MOUNT] if place is Place.FILESYSTEM else [place]
        for whole in wholes:
            try:
                guard.watch.mark(path, whole)
            except OSError as error:
                self._journal.warning(
                    f"on-access: {path}: no mark on the {whole.value}: {error.strerror}"
                )
            else:
                return f"its whole {whole.value}"
        guard.ask_always()
        try:
            count = guard.watch.mark_tree(path)
        except OSError as error:
            raise WatchError(f"{path} is NOT protected: {error.strerror}") from error
        if path not in self._walked:
            self._walked.append(path)
        return f"{count} folders"

    # What happens meanwhile.

    def _handle_signals(self, guard: Guard) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self._journal.reopen)
        loop.add_signal_handler(signal.SIGUSR2, lambda: self._spawn(self._reload(guard)))

    async def _check(self, guard: Guard) -> None:
        """Load signatures again when they have changed."""
        loop = asyncio.get_running_loop()
        before = await loop.run_in_executor(None, self._hooks.changed)
        while True:
            await asyncio.sleep(self._hooks.check_seconds)
            now = await loop.run_in_executor(None, self._hooks.changed)
            if now != before:
                before = now
                await self._reload(guard)

    async def _reload(self, guard: Guard) -> None:
        try:
            said = await guard.load()
        except (NacreError, OSError) as error:
            self._journal.error(f"on-access: {error}; what was loaded before stays")
        else:
            self._journal.line(f"on-access: loaded again: {said}")

    async def _tell(self, guard: Guard, watch: Watch) -> None:
        """Write the status file now and then."""
        place = self._hooks.status
        if place is None:
            return
        began = int(time.time())
        while True:
            status = {
                "pid": os.getpid(),
                "began": began,
                "written": int(time.time()),
                "paths": [str(path) for path, _ in self._plan.marks],
                "prevention": self._plan.policy.prevention,
                "strict": self._plan.policy.strict,
                "walked": [str(path) for path in self._walked],
                **asdict(guard.tally),
                **asdict(watch.counters),
            }
            with contextlib.suppress(OSError):
                store.write(place, json.dumps(status, indent=1).encode() + b"\n")
            await asyncio.sleep(STATUS_SECONDS)

    async def _live(self) -> None:
        """Tell systemd that this goes on: it ends a supervisor that is stopped, and so lets go."""
        while seconds := watchdog_seconds():
            notify("WATCHDOG=1")
            await asyncio.sleep(seconds / 3)

    def _overflowed(self, since: float) -> None:
        self._missed = min(self._missed, since - BEHIND_SECONDS)
        if not self._looking:
            self._looking = True
            self._spawn(self._look_again())

    async def _look_again(self) -> None:
        """Scan what changed while the kernel lost what it had to tell, as long as it does."""
        while self._missed < math.inf:
            since, self._missed = self._missed, math.inf
            await self._scan_changed(since)
            await asyncio.sleep(PAUSE_SECONDS)
        self._looking = False

    async def _scan_changed(self, since: float) -> None:
        loop = asyncio.get_running_loop()
        for path, _ in self._plan.marks:
            changed = await loop.run_in_executor(None, changed_since, path, since)
            for file in changed:
                if self._plan.scope.covers(file):
                    await self._scan_again(file)

    async def _scan_again(self, path: bytes) -> None:
        verdicts: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return
        copy = os.dup(descriptor)
        try:
            self._scanner.scan(copy, path, lambda verdict: verdicts.set_result(verdict.alert))
            alert = await verdicts
            if alert:
                self._journal.line(f"{printable(os.fsdecode(path))}: {alert} FOUND")
                self._hooks.found(path, alert, descriptor)
        finally:
            os.close(descriptor)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
