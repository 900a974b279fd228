"""FAT volumes: FAT12, FAT16, FAT32 and exFAT, of floppy disks, memory cards and EFI partitions.

Layout and spec: parsers/fat.py, exfat.py. Yields one Child per file that is not empty, under its
long name if it has one. Deleted files and what no file has are only matched with the volume. A file
whose chain ends early or leads back to itself is scanned as far as it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import few_problems, label, refusal, stored_member
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers import exfat, fat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap
    from nacre.parsers.fat import Entry

_MOST_ENTRIES: Final = 1 << 20
_LONGEST_PATH: Final = 4096


class FatHandler:
    """Opens FAT volumes."""

    TYPES: ClassVar = frozenset({FileType.FAT, FileType.EXFAT})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        extended = data.read(3, len(exfat.MAGIC)) == exfat.MAGIC
        volume = exfat.Volume(data, budget) if extended else fat.Volume(data, budget)
        yield from few_problems(_files(volume, budget))
        if isinstance(volume, exfat.Volume) and volume.damaged:
            yield Problem(f"where the data of {volume.damaged} files is: not told")


def _files(volume: fat.Volume | exfat.Volume, budget: Budget) -> Iterator[Event]:
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
                    waiting.append((path + b"/", volume.directory(entry)))
        except FormatError as error:
            if not prefix:
                raise
            yield Problem(f"{label(prefix)}: {error}")


def _file(
    volume: fat.Volume | exfat.Volume, entry: Entry, path: bytes, budget: Budget
) -> Iterator[Event]:
    refused = refusal(entry.size, path, budget)
    if refused:
        yield refused
        return
    content = volume.content(entry)
    if len(content) < entry.size:
        yield Problem(f"{label(path)}: {entry.size} bytes promised, {len(content)} present")
    yield from stored_member(content, path, entry.size, budget)
