"""One run of clamdscan: a daemon, ours or ClamAV's, is asked; its answers are told and acted upon.

Where this program walks itself (--fdpass, --stream, --allmatch), the paths that clamd.conf
excludes, and other file systems, are left out as the daemon would leave them out.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.actions import Action, ActionError, Scanned
from nacre.cli.session import DONE, action_of
from nacre.config.walk import walk_of
from nacre.model.errors import ProtocolError, ScanError
from nacre.output.clamdscan import Printer, Tally
from nacre.protocol import client as protocol
from nacre.transport.clamd import Address, Client, UnreachableError
from nacre.walk import Excluded, Reason, Target, Unreadable, Unsupported, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from nacre.config.settings import Settings
    from nacre.protocol.client import Answer
    from nacre.walk import Plan

_WINDOW = 16
"""Files of a session that are asked about and not answered yet."""
_TICK_NS = 10_000_000
"""The clock of file systems ticks 100 times a second, or oftener: so far it may be behind."""
_VERBS = {False: b"CONTSCAN", True: b"MULTISCAN"}


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file that was opened here, and what it was called."""

    target: Target
    descriptor: int


class Asking:
    """Goes through the arguments of one run of clamdscan."""

    def __init__(
        self, settings: Settings, daemon: Settings, address: Address, stack: ExitStack
    ) -> None:
        self._settings = settings
        self._address = address
        self._plan: Plan = walk_of(daemon)
        self._fdpass = settings.flag("fdpass") and address.local
        self._stream = settings.flag("stream") or not address.local
        self._all_match = settings.flag("all_match")
        self._multiscan = settings.flag("multiscan")
        self._action = action_of(settings, stack)
        self._printer = Printer.of(settings)
        stack.callback(self._printer.close)
        self._tally = Tally()
        self._started_ns = 0
        self._told = False
        """Something was said about what is below the present argument."""

    def run(self, operands: tuple[str, ...]) -> int:
        """Scan them all; the exit code."""
        listed = self._settings.text("file_list")
        try:
            for path in self._paths(operands, listed):
                self._argument(path)
        except UnreachableError as error:
            self._error(str(error))
        except (OSError, ProtocolError) as error:
            self._error(f"Communication error: {error}")
        if not self._settings.flag("no_summary"):
            self._printer.summary(self._tally)
        return self._tally.exit_code

    def _paths(self, operands: tuple[str, ...], listed: str | None) -> Iterator[bytes]:
        if listed is not None:
            if operands:
                self._printer.warning(
                    "Only scanning files from --file-list (files passed at cmdline are ignored)"
                )
            try:
                with Path(listed).open("rb") as file:
                    for line in file:
                        yield line.rstrip(b"\r\n")
            except OSError:
                self._error(f"--file-list: Can't open file {listed}")
            return
        yield from map(os.fsencode, operands or (str(Path.cwd()),))

    def _argument(self, path: bytes) -> None:
        if path == b"-":
            self._standard_input()
            return
        absolute = os.path.normpath(os.path.join(os.fsencode(Path.cwd()), path))  # noqa: PTH118 - bytes
        try:
            status = os.stat(absolute)  # noqa: PTH116 - bytes
        except OSError:
            if os.path.islink(absolute):  # noqa: PTH114 - bytes
                self._printer.ok(absolute)  # it leads nowhere, and is not followed anyway
                return
            self._error(f"Can't access file {os.fsdecode(absolute)}")
            return
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            self._unsupported(absolute)
        elif self._fdpass or self._stream or self._all_match:
            self._walk(absolute)
        else:
            self._started_ns = time.time_ns() - _TICK_NS
            self._ask_daemon(absolute)

    def _ask_daemon(self, absolute: bytes) -> None:
        """Have the daemon walk."""
        with Client(self._address) as client:
            client.say(_VERBS[self._multiscan], absolute)
            for answer in client.answers():
                if answer.kind is protocol.Kind.OTHER and answer.text.startswith(absolute):
                    excluded = answer.text.partition(b": Excluded")[0]
                    self._excluded(excluded, argument=excluded == absolute)
                else:
                    self._answered(answer)

    def _excluded(self, path: bytes, *, argument: bool) -> None:
        """Something was left out: a warning where it was asked for by its name."""
        if argument:
            self._printer.ok(path)
            self._printer.warning(f"{os.fsdecode(path)}: Excluded, not scanned")
            self._told = True
        elif self._settings.flag("verbose"):
            self._printer.excluded(path)

    def _standard_input(self) -> None:
        descriptor = sys.stdin.fileno()
        with Client(self._address) as client:
            if self._address.local and stat.S_ISREG(os.fstat(descriptor).st_mode):
                client.pass_descriptor(descriptor)
            else:
                client.send_stream(descriptor)
            for answer in client.answers():
                self._answered(answer, act=False)

    # What is opened here.

    def _walk(self, path: bytes) -> None:
        """Scan all that is below `path`; when nothing was to be said, `path` is OK."""
        self._told = False
        files = self._files(path)
        if self._multiscan and not self._all_match:
            self._session(files)
        else:
            self._one_by_one(files)
        if not self._told:
            self._printer.ok(path)

    def _one_by_one(self, files: Iterator[_Opened]) -> None:
        for opened in files:
            try:
                with Client(self._address) as client:
                    self._ask(client, opened)
                    for answer in dict.fromkeys(client.answers()):
                        self._answered(answer, opened)
            finally:
                os.close(opened.descriptor)

    def _files(self, path: bytes) -> Iterator[_Opened]:
        for event in visit(path, self._plan):
            if isinstance(event, Target):
                try:
                    yield _Opened(event, event.open())
                except FileNotFoundError:
                    continue
                except (OSError, ScanError) as error:
                    self._error(f"Can't open file {os.fsdecode(event.path)}: {error}")
            elif isinstance(event, Excluded):
                if event.reason in {Reason.PATTERN, Reason.FILESYSTEM}:
                    self._excluded(event.path, argument=event.path == path)
            elif isinstance(event, Unsupported):
                self._unsupported(event.path)
            elif isinstance(event, Unreadable):
                self._error(f"Can't access file {os.fsdecode(event.path)}")

    def _session(self, files: Iterator[_Opened]) -> None:
        """Ask about several at a time, on one connection."""
        waiting: dict[int, _Opened] = {}
        try:
            with Client(self._address, session=True) as client:
                for opened in files:
                    waiting[client.sent + 1] = opened
                    self._ask(client, opened)
                    if len(waiting) >= _WINDOW:
                        self._next(client, waiting)
                client.end()
                while waiting:
                    self._next(client, waiting)
        finally:
            for opened in waiting.values():
                os.close(opened.descriptor)

    def _next(self, client: Client, waiting: dict[int, _Opened]) -> None:
        answer = client.answer()
        if answer is None:
            raise ProtocolError("no answer")
        opened = waiting.pop(answer.number or 0, None)
        if opened is None:
            raise ProtocolError(f"an answer that nobody asked for: {answer.text!r}")
        try:
            self._answered(answer, opened)
        finally:
            os.close(opened.descriptor)

    def _ask(self, client: Client, opened: _Opened) -> None:
        if self._stream:
            client.send_stream(opened.descriptor)
        elif self._all_match:
            client.say(b"ALLMATCHSCAN", opened.target.path)
        else:
            client.pass_descriptor(opened.descriptor)

    # Answers.

    def _answered(self, answer: Answer, opened: _Opened | None = None, *, act: bool = True) -> None:
        name = answer.name if opened is None else opened.target.path
        if answer.kind is protocol.Kind.FOUND:
            self._tally.infected += 1
            self._printer.found(name, answer.text)
            if act and self._action is not None:
                self._act(self._action, name, opened)
        elif answer.kind is protocol.Kind.OK:
            if opened is None:
                self._printer.ok(name)
            return
        elif answer.kind is protocol.Kind.ERROR:
            self._tally.errors += 1
            self._printer.failed(name, answer.text)
        else:
            self._printer.other(answer.text)
            if b"COMMAND" in answer.text:  # READ TIMED OUT, UNKNOWN, UNAVAILABLE
                self._tally.errors += 1
        self._told = True

    def _unsupported(self, path: bytes) -> None:
        self._told = True
        self._tally.errors += 1
        self._printer.warning(f"{os.fsdecode(path)}: Not supported file type")

    def _error(self, text: str) -> None:
        self._told = True
        self._tally.errors += 1
        self._printer.error(text)

    # Actions.

    def _act(self, action: Action, name: bytes, opened: _Opened | None) -> None:
        try:
            if opened is not None:
                target = opened.target
                place = action.apply(Scanned(opened.descriptor, target.folder, target.name))
            else:
                place = self._act_on_path(action, name)
        except (ActionError, OSError) as error:
            reason = error.reason if isinstance(error, ActionError) else str(error.strerror)
            self._tally.errors += 1
            self._printer.error(f"Can't {action.kind.value} file '{os.fsdecode(name)}': {reason}")
            return
        done = DONE[action.kind]
        self._printer.note(name, done if place is None else done + place + b"'")

    def _act_on_path(self, action: Action, name: bytes) -> bytes | None:
        """Act on what the daemon opened itself: only if it has not changed since it was asked."""
        folder, base = os.path.split(os.path.realpath(name))
        descriptor = os.open(os.path.join(folder, base), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)  # noqa: PTH118 - bytes
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_ctime_ns >= self._started_ns:
                raise ActionError("it has changed since it was scanned")
            return action.apply(Scanned(descriptor, folder, base))
        finally:
            os.close(descriptor)
