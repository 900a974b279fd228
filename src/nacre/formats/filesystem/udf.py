"""UDF images: of discs, also beside ISO 9660 on the same one, and of hard disks.

Layout and spec: parsers/udf.py. Yields one Child per file, and per named stream of a file. What two
entries name is yielded once; deleted entries are left out. Unlike ClamAV it follows allocation
descriptors over several blocks, embedded content, named streams, and metadata and virtual
partitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import label, refusal, stored_member
from nacre.model.errors import LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.udf import Entry, Place, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_RECORDS: Final = 1 << 20
_LONGEST_PATH: Final = 4096


class UdfHandler:
    """Opens UDF images."""

    TYPES: ClassVar = frozenset({FileType.UDF})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        volume = Volume(data, budget)
        waiting: list[tuple[bytes, Place]] = [(b"", volume.root())]
        visited = {waiting[0][1]}
        records = lost = 0
        while waiting:
            path, place = waiting.pop()
            budget.check_time()
            entry = volume.entry(place)
            if entry is None:
                lost += 1
                continue
            if entry.streams is not None and entry.streams not in visited:
                visited.add(entry.streams)
                waiting.append((path + b":", entry.streams))
            if not entry.is_directory:
                yield from _file(volume, path, entry, budget)
                continue
            yield from _missing(volume, path, entry)
            for record in volume.records(entry):
                records += 1
                if records > _MOST_RECORDS:
                    raise LimitExceeded("MaxFiles", "too many directory records")
                if record.place not in visited:
                    visited.add(record.place)
                    waiting.append((_path(path, record.name), record.place))
        if lost:
            yield Problem(f"{lost} directory records point to no file")


def _path(before: bytes, name: bytes) -> bytes:
    return (before + (b"/" if before and not before.endswith(b":") else b"") + name)[:_LONGEST_PATH]


def _missing(volume: Volume, path: bytes, directory: Entry) -> Iterator[Event]:
    present = len(volume.content(directory))
    if present < directory.size:
        yield Problem(f"{label(path or b'/')}: {directory.size - present} bytes are missing")


def _file(volume: Volume, path: bytes, entry: Entry, budget: Budget) -> Iterator[Event]:
    refused = refusal(entry.size, path, budget)
    if refused:
        yield refused
        return
    content = volume.content(entry)
    if len(content) < entry.size:
        yield Problem(f"{label(path)}: {entry.size} bytes promised, {len(content)} present")
    yield from stored_member(content, path, entry.size, budget)
