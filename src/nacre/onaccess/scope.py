"""What is protected from whom: paths, and users that are left alone."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = 0
_FIRST = Path("/proc/1/root")
_GENERATIONS = 8
"""Parents that are looked at."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and for whom opening a file means scanning it."""

    included: tuple[bytes, ...]
    """Folders and mounts, absolute, without links, without a slash at the end."""
    excluded: tuple[bytes, ...] = ()
    """Folders below them, or files."""
    matches: Callable[[bytes], bool] = lambda _path: False
    """Whether a pattern leaves a path out."""
    users: frozenset[int] = field(default_factory=frozenset)
    """Whose opening files is not looked at."""
    friend: Callable[[], int] = lambda: 0
    """The process of the scanner, which must not wait for itself; 0 for none."""

    mounts: set[int] = field(default_factory=set)
    """Those that `included` are on, by which paths mean what they say; empty for any."""

    def covers(self, path: bytes) -> bool:
        """Whether the file at `path`, absolute and without links, is protected."""
        inside = any(_below(path, folder) for folder in self.included)
        if not inside or any(_below(path, folder) for folder in self.excluded):
            return False
        return not self.matches(path)

    def strange(self, descriptor: int) -> bool:
        """Whether a file was reached through another mount than the included folders are on.

        Its path says nothing then: the folder may be bound to any other place, in a mount
        namespace of a user's own as well.
        """
        return bool(self.mounts) and mount_of(descriptor) not in self.mounts

    def exempt(self, pid: int) -> bool:
        """Whether the process is the scanner, or of a user who is left alone."""
        if (friend := self.friend()) and _descends(pid, friend):
            return True
        if not self.users:
            return False
        try:
            return os.stat(f"/proc/{pid}").st_uid in self.users  # noqa: PTH116 - once per open()
        except OSError:
            return False


def mount_of(descriptor: int) -> int:
    """The number of the mount that an open file is on; 0 where it cannot be told."""
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", "rb") as file:  # noqa: PTH123 - once per open()
            fields = file.read(512).split()
        return int(fields[fields.index(b"mnt_id:") + 1])
    except (OSError, ValueError, IndexError):
        return 0


def mounts_of(folders: Iterable[Path]) -> set[int]:
    """The mounts that folders are on, as this process and as the first one of the system see them.

    They are different ones where a service got a mount namespace of its own. Raises OSError.
    """
    found = set()
    for folder in folders:
        found.add(mount_at(folder))
        with contextlib.suppress(OSError):
            found.add(mount_at(_FIRST / folder.relative_to("/")))
    return found


def mount_at(path: Path) -> int:
    """The number of the mount that `path` is on. Raises OSError."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return mount_of(descriptor)
    finally:
        os.close(descriptor)


def _descends(pid: int, ancestor: int) -> bool:
    for _ in range(_GENERATIONS):
        if pid == ancestor:
            return True
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - once per open()
                pid = int(file.read(4096).rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return False
        if pid <= 1:
            return False
    return False


def _below(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder) and (
        len(path) == len(folder) or path[len(folder)] == ord("/") or folder == b"/"
    )
