"""File systems ext2, ext3 and ext4 of Linux.

Layout and spec: parsers/ext.py. Yields one Child per file that is not empty, under one of its
names. Symbolic links and deleted files are only matched with the image, the journal is not
replayed, and holes are zeros. What is encrypted is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import few_problems, label, refusal, stored_member
from nacre.model.errors import Corrupt, FormatError, LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.ext import ROOT, Inode, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_ENTRIES: Final = 1 << 20
_LONGEST_PATH: Final = 4096


class ExtHandler:
    """Opens ext2, ext3 and ext4."""

    TYPES: ClassVar = frozenset({FileType.EXT})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        yield from few_problems(_walk(Volume(data, budget), budget))


def _walk(volume: Volume, budget: Budget) -> Iterator[Event]:
    root = volume.inode(ROOT)
    if root is None or not root.directory:
        raise Corrupt("no root directory")
    waiting = [(b"", root)]
    visited = {ROOT}
    count = 0
    while waiting:
        prefix, directory = waiting.pop()
        for path, number in _entries(volume, directory, prefix):
            if isinstance(number, Problem):
                yield number
                continue
            count += 1
            if count > _MOST_ENTRIES:
                raise LimitExceeded("MaxFiles", "too many directory entries")
            if number in visited:
                continue
            visited.add(number)
            inode = volume.inode(number)
            if inode is None:
                yield Problem(f"{label(path)}: inode {number} lies outside")
            elif inode.directory:
                waiting.append((path + b"/", inode))
            elif inode.file:
                yield from _file(volume, inode, path, budget)


def _entries(
    volume: Volume, directory: Inode, prefix: bytes
) -> Iterator[tuple[bytes, int | Problem]]:
    """Paths and inodes of a directory's entries, or why there are no more."""
    size = 0
    try:
        for name, number in volume.entries(directory):
            size += len(name)
            yield (prefix + name)[-_LONGEST_PATH:], number
    except FormatError as error:
        yield prefix, Problem(f"{label(prefix)}: {error}")
    if not size and directory.size and not volume.content(directory, 1):
        yield prefix, Problem(f"{label(prefix)}: the directory lies outside")


def _file(volume: Volume, inode: Inode, path: bytes, budget: Budget) -> Iterator[Event]:
    refused = refusal(inode.size, path, budget)
    if refused:
        yield refused
        return
    try:
        content = volume.content(inode)
    except FormatError as error:
        yield Problem(f"{label(path)}: {error}")
        return
    if len(content) < inode.size:
        yield Problem(f"{label(path)}: {inode.size} bytes promised, {len(content)} present")
    yield from stored_member(content, path, inode.size, budget)
