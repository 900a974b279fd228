"""FAT volumes: FAT12, FAT16 and FAT32, of floppy disks, memory cards and EFI partitions.

Layout and spec: parsers/fat.py. Yields one Child per file that is not empty, under its long name if
it has one. Deleted files and what no file has are only matched with the volume. A file whose chain
ends early or leads back to itself is scanned as far as it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import few_problems, label, refusal, stored_member
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.fat import Entry, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_ENTRIES: Final = 1 << 20
_LONGEST_PATH: Final = 4096


class FatHandler:
    """Opens FAT volumes."""

    TYPES: ClassVar = frozenset({FileType.FAT})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        yield from few_problems(_files(Volume(data, budget), budget))


def _files(volume: Volume, budget: Budget) -> Iterator[Event]:
    waiting = [(b"", volume.root())]
    visited: set[int] = set()
    count = 0
    while waiting:
        prefix, entries = waiting.pop()
        try:
            for entry in entries:
                count += 1
                if count > _MOST_ENTRIES:
                    raise LimitExceeded("MaxFiles", "too many directory entries")
                path = (prefix + entry.name)[-_LONGEST_PATH:]
                if not entry.directory:
                    yield from _file(volume, entry, path, budget)
                elif entry.cluster not in visited:
                    visited.add(entry.cluster)
                    waiting.append((path + b"/", volume.directory(entry.cluster)))
        except FormatError as error:
            if not prefix:
                raise
            yield Problem(f"{label(prefix)}: {error}")


def _file(volume: Volume, entry: Entry, path: bytes, budget: Budget) -> Iterator[Event]:
    refused = refusal(entry.size, path, budget)
    if refused:
        yield refused
        return
    content = volume.content(entry.cluster, entry.size)
    if len(content) < entry.size:
        yield Problem(f"{label(path)}: {entry.size} bytes promised, {len(content)} present")
    yield from stored_member(content, path, entry.size, budget)
