"""What a walk meets."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import Enum

from nacre.model.errors import ScanError

_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: whatever has taken the file's place since, opening it does not hang."""


def join(folder: bytes, name: bytes) -> bytes:
    """The path of `name` in `folder`."""
    return folder + name if folder.endswith(b"/") else folder + b"/" + name


@dataclass(frozen=True, slots=True)
class Target:
    """A regular file to scan."""

    path: bytes
    """As the user would write it: the argument, and names below it."""
    folder: bytes
    """The real path of the directory that holds the file, free of links."""
    name: bytes
    """The file's name there."""
    device: int
    inode: int
    size: int
    """When it was met; may have changed since."""
    link: bool = False
    """`path` is a symbolic link that the walk followed."""

    @property
    def real_path(self) -> bytes:
        """The path free of links."""
        return join(self.folder, self.name)

    def open(self) -> int:
        """A descriptor of the very file that was met.

        Raises OSError, or ScanError when another file took its place.
        """
        flags = _OPEN if self.link else _OPEN | os.O_NOFOLLOW
        fd = os.open(self.path, flags)
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or self.identity != (status.st_dev, status.st_ino):
            os.close(fd)
            raise ScanError(
                os.fsdecode(self.path), "another file took its place before it was opened"
            )
        return fd

    @property
    def identity(self) -> tuple[int, int]:
        """What makes it this file and no other: device and inode."""
        return self.device, self.inode


class Reason(Enum):
    """Why a path is excluded."""

    PATTERN = "pattern"
    """A pattern to exclude matches, or none to include does."""
    FILESYSTEM = "file system"
    """It lies on another file system than the argument."""
    PROC = "/proc"
    """It lies on the file system that is mounted on /proc."""
    OWN = "nacre's own folder"
    """Where nacre keeps compiled signatures, or leaves what it takes out of files."""
    VIRTUAL = "virtual file system"
    """The kernel makes it up; nothing is stored there."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A path that is left out."""

    path: bytes
    reason: Reason
    pattern: str | None = None
    """The pattern that excluded it; None when no pattern to include matched."""
    directory: bool = False


@dataclass(frozen=True, slots=True)
class SymbolicLink:
    """A link that is not followed, leads nowhere, or leads back to where the walk came from."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A FIFO, socket or device; `argument` when the user named it."""

    path: bytes
    argument: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """A path that cannot even be looked at; `code` is errno, `argument` when the user named it."""

    path: bytes
    code: int
    argument: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A directory that cannot be opened, or not be read to its end."""

    path: bytes
    code: int


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that was opened; its files follow."""

    path: bytes


Event = Target | Excluded | SymbolicLink | Unsupported | Gone | Unreadable | Directory
