"""squashfs images, version 4.0: of routers, live discs, snap packages and AppImages.

Layout and spec: parsers/squashfs.py. Yields one Child per file that is not empty, once for all its
names. All compressions of mksquashfs are decoded: gzip, lzma, lzo, xz, lz4, zstd. Attributes,
symbolic links and devices are not looked at. Images also lie behind something else
(filetype/squashfs.py).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.filetype.squashfs import images
from nacre.formats.base import few_problems, label, refusal, stored_member
from nacre.model.errors import Corrupt, FormatError, LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.squashfs import Entry, File, Folder, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_ENTRIES: Final = 1 << 20
_LONGEST_PATH: Final = 4096
_MOST: Final = 64
"""Images in one file."""


class SquashfsHandler:
    """Opens squashfs images."""

    TYPES: ClassVar = frozenset({FileType.SQUASHFS})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        starts = sorted(set(islice(images(data), _MOST + 1)))
        if not starts:
            raise Corrupt("no superblock")
        for start in starts[:_MOST]:
            image = data.slice(start, len(data) - start)
            try:
                yield from few_problems(_walk(Volume(image, budget), budget))
            except FormatError as error:
                if len(starts) == 1:
                    raise
                yield Problem(f"the image at {start}: {error}")
        if len(starts) > _MOST:
            yield Problem(f"more than {_MOST} images")


def _walk(volume: Volume, budget: Budget) -> Iterator[Event]:
    root = volume.inode(volume.root)
    if not isinstance(root, Folder):
        raise Corrupt("no root directory")
    waiting = [(b"", root)]
    visited = {volume.root}
    while waiting:
        prefix, folder = waiting.pop()
        try:
            for entry in volume.entries(folder):
                path = (prefix + entry.name)[-_LONGEST_PATH:]
                if entry.inode in visited:
                    continue
                visited.add(entry.inode)
                if len(visited) > _MOST_ENTRIES:
                    raise LimitExceeded("MaxFiles", "too many directory entries")
                inode = _inode(volume, entry, path)
                if isinstance(inode, Folder):
                    waiting.append((path + b"/", inode))
                elif isinstance(inode, File):
                    yield from _file(volume, inode, path, budget)
                elif inode is not None:
                    yield inode
        except FormatError as error:
            yield Problem(f"{label(prefix)}: {error}")


def _inode(volume: Volume, entry: Entry, path: bytes) -> File | Folder | Problem | None:
    try:
        return volume.inode(entry.inode)
    except FormatError as error:
        return Problem(f"{label(path)}: {error}")


def _file(volume: Volume, file: File, path: bytes, budget: Budget) -> Iterator[Event]:
    refused = refusal(file.size, path, budget)
    if refused:
        yield refused
        return
    content = volume.content(file)
    if len(content) < file.size:
        yield Problem(f"{label(path)}: {file.size} bytes promised, {len(content)} present")
    yield from stored_member(content, path, file.size, budget)
