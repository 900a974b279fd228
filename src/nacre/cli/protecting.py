"""What `nacre onaccess` and `clamonacc` share: a session of their own, what follows an alert."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from nacre.daemon.event import EventProgram
from nacre.database.sources import find
from nacre.model.errors import DatabaseError, NacreError
from nacre.onaccess.service import Hooks, Service
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from nacre.cli.actions import Action
    from nacre.onaccess.plan import Plan
    from nacre.onaccess.verdict import Scanner
    from nacre.output.journal import Journal

FAILED = 2
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)


def lead_session() -> None:
    """Become the first process of a session, so that all below is known by it.

    Where this process cannot, another one goes on in its place; this one hands signals on to it,
    and ends as it does.
    """
    if os.getsid(0) == os.getpid():
        return
    with suppress(PermissionError):  # it leads a group
        os.setsid()
        return
    child = os.fork()
    if not child:
        os.setsid()
        return
    for number in _FORWARDED:
        signal.signal(number, lambda received, _frame: os.kill(child, received))
    while True:
        with suppress(InterruptedError):
            _, status = os.waitpid(child, 0)
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def protect(plan: Plan, scanner: Callable[[], Scanner], journal: Journal, hooks: Hooks) -> int:
    """Protect until told to end; the exit code."""

    async def main() -> int:
        return await Service(plan, scanner(), journal, hooks).run()

    try:
        return asyncio.run(main())
    except NacreError as error:
        journal.error(str(error))
        sys.stderr.write(f"ERROR: {str(error).encode('ascii', 'backslashreplace').decode()}\n")
        return FAILED


class Found:
    """What is done about a file that alerts."""

    def __init__(
        self, journal: Journal, words: tuple[str, ...] | None, action: Action | None = None
    ) -> None:
        """`words`: of VirusEvent."""
        self._journal = journal
        self._program = None if words is None else EventProgram(words, journal)
        self._action = action
        self._running: set[asyncio.Task[None]] = set()

    def __call__(self, path: bytes, alert: str, descriptor: int) -> None:
        """Run the program, and the action."""
        if self._program is not None:
            self._spawn(self._program.run(path, alert))
        if self._action is not None:
            self._act(self._action, path, descriptor)

    def _act(self, action: Action, path: bytes, descriptor: int) -> None:
        from nacre.cli.actions import ActionError, Scanned  # noqa: PLC0415 - rarely needed
        from nacre.cli.session import DONE  # noqa: PLC0415

        folder, name = os.path.split(path)
        shown = printable(os.fsdecode(path))
        try:
            place = action.apply(Scanned(descriptor, folder, name))
        except (ActionError, OSError) as error:
            reason = error.reason if isinstance(error, ActionError) else str(error.strerror)
            self._journal.error(f"Can't {action.kind.value} file '{shown}': {reason}")
            return
        done = DONE[action.kind]
        text = done if place is None else done + place + b"'"
        self._journal.line(f"{shown}: {printable(os.fsdecode(text))}")

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def signatures_of(database: Path) -> Callable[[], object]:
    """Another answer when the files of a database have changed."""

    def look() -> object:
        with suppress(DatabaseError):
            return find([database]).files
        return ()

    return look
