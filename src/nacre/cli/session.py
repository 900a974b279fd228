"""One run of clamscan: what the walk meets is scanned, told and acted upon."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from nacre.cli.actions import Action, ActionError, Kind, Scanned
from nacre.model.errors import NacreError, ScanError
from nacre.output.keeping import Keeping
from nacre.output.members import MemberLines, SuspiciousLinks
from nacre.walk import (
    Directory,
    Event,
    Excluded,
    Gone,
    Plan,
    Reason,
    SymbolicLink,
    Target,
    Unreadable,
    Unsupported,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from nacre.config.settings import Settings
    from nacre.engine.watch import Watch
    from nacre.model.verdict import Report
    from nacre.output.clamscan import Printer, Tally

STANDARD_INPUT = b"stdin"

_PLACES = {Reason.PROC: " (/proc)", Reason.VIRTUAL: " (virtual file system)"}
DONE = {Kind.REMOVE: b"Removed.", Kind.MOVE: b"moved to '", Kind.COPY: b"copied to '"}
NOT_DONE = {Kind.REMOVE: "Not removed", Kind.MOVE: "Not moved", Kind.COPY: "Not copied"}


class Scanning(Protocol):
    """What a run needs of the engine."""

    def scan_fd(self, fd: int, name: str | bytes = "", *watches: Watch) -> Report:
        """Scan the file behind `fd`, telling `watches`; raises ScanError."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What is told about a file besides its result."""

    digest: str | None = None
    """Which digest to print: md5, sha1 or sha256."""
    file_type: bool = False
    json: bool = False
    """Make metadata: left in `leave_directory`, printed with `debug`."""
    debug: bool = False
    leave_directory: str | None = None
    """Where to leave what is taken out of files."""


class Session:
    """Scans arguments one after the other and keeps the tally."""

    def __init__(  # noqa: PLR0913 - the parts a run is made of
        self,
        scanner: Scanning,
        plan: Plan,
        printer: Printer,
        tally: Tally,
        *,
        action: Action | None = None,
        extras: Extras | None = None,
    ) -> None:
        self._scanner = scanner
        self._plan = plan
        self._printer = printer
        self._tally = tally
        self._action = action
        self._extras = extras or Extras()

    def argument(self, path: bytes) -> None:
        """Scan a file, or what the plan wants of a directory."""
        for event in visit(path, self._plan):
            self._event(event)

    def file_list(self, lines: BinaryIO) -> None:
        """Scan what each line of a list names; an empty line is a path that does not exist."""
        for line in lines:
            self.argument(line.rstrip(b"\r\n") or line)

    def standard_input(self, stream: BinaryIO, directory: str | None, limit: int) -> None:
        """Scan what comes from a pipe; beyond `limit` bytes it is read, but not kept."""
        import tempfile  # noqa: PLC0415 - slow, and few runs need it

        self._printer.scanning(STANDARD_INPUT)
        try:
            with tempfile.TemporaryFile(dir=directory) as file:
                _keep(stream, file, limit)
                self._report(STANDARD_INPUT, file.fileno(), None)
        except OSError as error:
            self._failed(STANDARD_INPUT, f"{error.strerror} ERROR")

    def _event(self, event: Event) -> None:
        match event:
            case Target():
                self._target(event)
            case Directory():
                self._tally.directories += 1
            case Excluded(reason=Reason.OWN):
                pass
            case Excluded(path, reason, pattern):
                self._printer.excluded(path, _PLACES.get(reason, ""), pattern)
            case SymbolicLink(path):
                self._printer.state(path, "Symbolic link")
            case Unsupported(path, argument):
                if argument:
                    self._printer.warning(path, "Not supported file type")
                    self._tally.failure = True
            case Unreadable(path):
                self._failed(path, "Can't open directory.")
            case Gone():
                self._gone(event)

    def _gone(self, gone: Gone) -> None:
        reason = os.strerror(gone.code)
        if gone.argument:
            self._printer.system_error(gone.path, reason)
            self._printer.warning(gone.path, "Can't access file")
            self._tally.failure = True
        elif gone.code != errno.ENOENT:  # names come and go while a directory is read
            self._printer.warning(gone.path, f"Can't access file: {reason}")
            self._tally.errors += 1

    def _target(self, target: Target) -> None:
        if self._action is not None and self._action.made(target.folder, target.name):
            return
        if not target.size:
            self._printer.state(target.path, "Empty file")
            return
        try:
            fd = target.open()
        except PermissionError:
            self._failed(target.path, "Access denied")
            return
        except FileNotFoundError:
            return
        except OSError as error:
            self._failed(target.path, f"Can't open file: {error.strerror} ERROR")
            return
        except ScanError as error:
            self._failed(target.path, f"{error.reason} ERROR")
            return
        try:
            self._printer.scanning(target.path)
            self._report(target.path, fd, target)
        finally:
            os.close(fd)

    def _report(self, path: bytes, fd: int, target: Target | None) -> None:
        extras = self._extras
        keeping = Keeping(path, extras.leave_directory, json=extras.json)
        try:
            report = self._scanner.scan_fd(fd, path, *keeping.watches, *self._watches(path))
        except ScanError as error:
            self._failed(path, f"{error.reason} ERROR")
            return
        self._tally.count(report)
        if report.alerts:
            self._printer.found(path, report)
        else:
            self._printer.ok(path)
        if report.incomplete:
            self._printer.incomplete(path, report.incidents)
        self._tell_more(path, fd, report, keeping)
        if report.alerts and target is not None and self._action is not None:
            self._act(self._action, target, fd)

    def _watches(self, path: bytes) -> Iterator[Watch]:
        yield SuspiciousLinks(self._printer.suspicious_link)
        style = self._printer.style
        if style.verbose and style.archive_verbose:
            yield MemberLines(partial(self._printer.scanning_member, path))

    def _failed(self, path: bytes, state: str) -> None:
        self._printer.failed(path, state)
        self._tally.errors += 1

    def _act(self, action: Action, target: Target, fd: int) -> None:
        path, real = target.path, target.real_path
        try:
            place = action.apply(Scanned(fd, target.folder, target.name))
        except ActionError as error:
            self._tally.failed += 1
            self._printer.action_failed(
                path, real, action.kind.value, error.destination, error.reason
            )
            return
        done = DONE[action.kind]
        self._printer.note(path, real, done if place is None else done + place + b"'")

    def _tell_more(self, path: bytes, fd: int, report: Report, keeping: Keeping) -> None:
        extras = self._extras
        if extras.digest is not None:
            shown = "sha2-256" if extras.digest == "sha256" else extras.digest
            self._printer.property(path, f"FileHash: {_digest(fd, extras.digest)} ({shown})")
        if extras.file_type:
            self._printer.property(path, f"FileType: {report.file_type.clamav_name}")
        if keeping.trouble:
            self._printer.library(f"LibClamAV Error: {keeping.trouble}")
            self._tally.errors += 1
        text = keeping.finish(report, lambda: _digest(fd, "sha256"))
        if text is not None and extras.debug:
            self._printer.library(f"LibClamAV debug: {text}")


def _keep(stream: BinaryIO, file: BinaryIO, limit: int) -> None:
    """Copy `limit` bytes and one more, so that the scan sees there was more; drain the rest."""
    left = limit + 1 if limit else -1
    while chunk := stream.read(1 << 20):
        if left < 0:
            file.write(chunk)
        elif left:
            file.write(chunk[:left])
            left -= min(left, len(chunk))
    file.flush()


def _digest(fd: int, kind: str) -> str:
    from nacre.model.fmap import Fmap  # noqa: PLC0415 - few runs need it

    return Fmap.from_fd(fd, os.fstat(fd).st_size).digest(kind).hex()


class DirectoryError(NacreError):
    """A folder that the user named is not there."""


def action_of(settings: Settings, stack: ExitStack) -> Action | None:
    """The action asked for; of several, move wins over copy over remove, as in ClamAV.

    Raises:
        DirectoryError: it needs a folder that is none.
        ConfigError: the folder cannot be opened.
    """
    move, copy = settings.text("move"), settings.text("copy")
    directory = move or copy
    if directory is None and not settings.flag("remove"):
        return None
    kind = Kind.MOVE if move else Kind.COPY if copy else Kind.REMOVE
    folder = real_directory(directory) if directory else b""
    return stack.enter_context(Action(kind, folder))


def real_directory(path: str) -> bytes:
    """The real path of a directory that must exist; raises DirectoryError."""
    real = os.path.realpath(os.fsencode(path))
    if not Path(os.fsdecode(real)).is_dir():
        raise DirectoryError(f"'{os.fsdecode(real)}' doesn't exist or is not a directory")
    return real
