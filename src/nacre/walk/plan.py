"""What the user wants visited."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from nacre.walk.pattern import Filter


class Follow(IntEnum):
    """Which symbolic links are followed."""

    NEVER = 0
    ARGUMENTS = 1
    ALWAYS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules of one walk. Defaults are clamscan's."""

    recursive: bool = False
    max_depth: int = 15
    """Levels of directories; 1 is the argument's own files only."""
    follow_directories: Follow = Follow.ARGUMENTS
    follow_files: Follow = Follow.ARGUMENTS
    cross_filesystems: bool = True
    files: Filter = field(default_factory=Filter)
    directories: Filter = field(default_factory=Filter)
    skip_proc: bool = True
    """Leave out the files of whatever is mounted on /proc, each by itself, as ClamAV does."""
    skip_virtual: bool = False
    """Leave out virtual file systems as a whole."""
    skip_folders: frozenset[tuple[int, int]] = frozenset()
    """Directories (device, inode) that are not the user's: a signature image alerts on itself."""
