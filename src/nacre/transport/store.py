"""Files that are whole or not there, whatever ends the process or the machine.

What is written is synced before it gets its name, and the folder after that.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COPY = 1 << 30


class BusyError(NacreError):
    """Another process is at it."""


def write(path: Path, data: bytes) -> None:
    """Give `path` this content in one step; raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync(path.parent)


def link(path: Path, target: str) -> None:
    """Make `path` a symbolic link to `target` in one step, whatever file it was; raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)
    sync(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy bytes and times into a new file, sharing blocks where the disk can; raises OSError."""
    with source.open("rb") as old, target.open("xb") as new:
        try:
            while os.copy_file_range(old.fileno(), new.fileno(), _COPY):
                pass
        except OSError:
            old.seek(0)
            new.seek(0)
            new.truncate()
            shutil.copyfileobj(old, new)
        status = os.fstat(old.fileno())
        new.flush()
        os.utime(new.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fchmod(new.fileno(), 0o644)
        os.fsync(new.fileno())


def sync(path: Path) -> None:
    """Have a file or folder on the disk; raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have errors of the disk that name no file name `path`: writing to what is open names none."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, which ends with the process.

    Raises:
        BusyError: another process holds it.
        OSError: there can be no such file.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"{path} is held by another process") from error
        yield
    finally:
        os.close(fd)
