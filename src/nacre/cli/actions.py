"""What clamscan does with a file that alerts: remove it, move it or copy it.

The action is about the very file that was scanned: its descriptor is still open, and its directory
entry is used only after the entry was seen to be that file.

* The directory is reached from `/` one component at a time, none of them followed if it is a link.
* *copy* reads from the descriptor.
* *move* on one file system renames the entry over a new empty file of ours, which reserves the
name:
  nothing is overwritten. When the thing that arrived is not the file that was scanned, it goes
  back.
* *move* across file systems copies from the descriptor, syncs, then removes the entry.
* *remove* first renames the entry to a name nobody knows, looks again, and only then unlinks it.

Whatever fails, the file is in at least one of both places.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Self

from nacre.model.errors import ConfigError, NacreError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SUFFIX = 999
"""Collisions are resolved with ``.001`` to ``.999``."""

_PATH_ONLY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


class Kind(Enum):
    """The three actions, by the word that messages use."""

    REMOVE = "remove"
    MOVE = "move"
    COPY = "copy"


class ActionError(NacreError):
    """The action was not done; the file is where it was. `reason` is for the user."""

    def __init__(self, reason: str, destination: bytes | None = None) -> None:
        self.reason = reason
        self.destination = destination
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A file that was scanned: its descriptor, and the entry that led to it, free of links."""

    fd: int
    folder: bytes
    name: bytes


class Action:
    """One action for all files of a run. Use as a context manager; opening raises ConfigError."""

    def __init__(self, kind: Kind, directory: bytes = b"") -> None:
        self.kind = kind
        self.directory = directory
        self._destination = _open_destination(directory) if kind is not Kind.REMOVE else -1
        self._made: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._destination >= 0:
            os.close(self._destination)

    def made(self, folder: bytes, name: bytes) -> bool:
        """True for a file that this action has put there: a walk may come by the destination."""
        return name in self._made and folder == self.directory

    def apply(self, scanned: Scanned) -> bytes | None:
        """Do it; the path where the file is now, or None when removed. Raises ActionError."""
        try:
            with _opened(scanned.folder) as folder:
                return self._apply(scanned, folder)
        except OSError as error:
            raise ActionError(error.strerror or "failed") from error

    def _apply(self, scanned: Scanned, folder: int) -> bytes | None:
        _require_same(scanned, folder, scanned.name)
        if self.kind is Kind.REMOVE:
            _remove(scanned, folder)
            return None
        name, fd = self._reserve(scanned.name)
        target = self.directory.rstrip(b"/") + b"/" + name
        try:
            self._fill(scanned, folder, name, fd)
        except (OSError, ActionError) as error:
            reason = error.reason if isinstance(error, ActionError) else error.strerror
            raise ActionError(reason or "failed", target) from error
        finally:
            os.close(fd)
        self._made.add(name)
        return target

    def _reserve(self, name: bytes) -> tuple[bytes, int]:
        """A new empty file of ours in the destination, named like `name`."""
        for number in range(MAX_SUFFIX + 1):
            candidate = name + b".%03d" % number if number else name
            try:
                return candidate, os.open(candidate, _NEW_FILE, 0o600, dir_fd=self._destination)
            except FileExistsError:
                continue
        raise ActionError("too many files of this name are there", self.directory)

    def _fill(self, scanned: Scanned, folder: int, name: bytes, fd: int) -> None:
        """Make the reserved file the scanned one; on failure it is gone again."""
        if self.kind is Kind.MOVE and self._rename(scanned, folder, name, fd):
            return
        try:
            _copy(scanned.fd, fd)
            os.fsync(self._destination)
            if self.kind is Kind.MOVE:
                _remove(scanned, folder)
        except BaseException:
            self._discard(name, fd)
            raise

    def _rename(self, scanned: Scanned, folder: int, name: bytes, fd: int) -> bool:
        """Move within one file system; False when it takes a copy."""
        try:
            os.rename(scanned.name, name, src_dir_fd=folder, dst_dir_fd=self._destination)
        except OSError as error:
            if error.errno == errno.EXDEV:
                return False
            self._discard(name, fd)
            raise
        try:
            _require_same(scanned, self._destination, name)
        except ActionError:
            _put_back(self._destination, name, folder, scanned.name)
            raise
        return True

    def _discard(self, name: bytes, fd: int) -> None:
        """Unlink the reserved file, unless something else has its name now."""
        found = os.stat(name, dir_fd=self._destination, follow_symlinks=False)
        if _identity(found) == _identity(os.fstat(fd)):
            os.unlink(name, dir_fd=self._destination)


def _open_destination(directory: bytes) -> int:
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"'{os.fsdecode(directory)}': {error.strerror}") from error
    if os.access(".", os.W_OK | os.X_OK, dir_fd=fd, effective_ids=True):
        return fd
    os.close(fd)
    raise ConfigError(f"'{os.fsdecode(directory)}' is not writable")


@contextmanager
def _opened(folder: bytes) -> Iterator[int]:
    """The directory `folder`, an absolute path, reached without following a link."""
    fd = os.open(b"/", _PATH_ONLY)
    try:
        for component in folder.split(b"/"):
            if component:
                below = os.open(component, _PATH_ONLY, dir_fd=fd)
                os.close(fd)
                fd = below
        yield fd
    finally:
        os.close(fd)


def _require_same(scanned: Scanned, folder: int, name: bytes) -> None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        raise ActionError("it is gone since it was scanned") from None
    if not stat.S_ISREG(found.st_mode) or _identity(found) != _identity(os.fstat(scanned.fd)):
        raise ActionError("another file took its place since it was scanned")


def _remove(scanned: Scanned, folder: int) -> None:
    caught = b".nacre-" + os.urandom(8).hex().encode()
    os.rename(scanned.name, caught, src_dir_fd=folder, dst_dir_fd=folder)
    try:
        _require_same(scanned, folder, caught)
    except ActionError:
        _put_back(folder, caught, folder, scanned.name)
        raise
    try:
        os.unlink(caught, dir_fd=folder)
    except OSError:
        _put_back(folder, caught, folder, scanned.name)
        raise


def _put_back(source: int, name: bytes, folder: int, original: bytes) -> None:
    """Give an entry that was caught by mistake its name back; a newer file there is not touched."""
    try:
        os.link(name, original, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        raise ActionError(
            "another file took its place since it was scanned, "
            f"and was left as '{os.fsdecode(name)}'"
        ) from error
    os.unlink(name, dir_fd=source)


def _copy(source: int, target: int) -> None:
    """All bytes of `source`, and its times, onto the disk."""
    offset = 0
    while chunk := os.pread(source, _CHUNK, offset):
        offset += len(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
    status = os.fstat(source)
    if offset < status.st_size:
        raise ActionError("it shrank while it was copied")
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.fsync(target)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
