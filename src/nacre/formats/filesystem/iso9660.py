"""ISO 9660 images (.iso), with Joliet and Rock Ridge names, also of raw sectors.

Layout and spec: parsers/iso9660.py. Yields one Child per file. The trees of all volume descriptors
are walked, for a file may be in one and not in another; what both name is yielded once. Extents of
one file are joined. What is in no tree, such as boot images, is only matched with the image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import label, stored_member
from nacre.model.errors import Corrupt, LimitExceeded
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers.iso9660 import Record, Sectors, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MOST_RECORDS: Final = 1 << 20
_IN_MEMORY: Final = 8 << 20
_COPY: Final = 1 << 20

_Extents = tuple[tuple[int, int], ...]


class Iso9660Handler:
    """Opens ISO 9660 images."""

    TYPES: ClassVar = frozenset({FileType.ISO9660})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        sectors = Sectors.find(data)
        if sectors is None:
            raise Corrupt("no volume descriptor")
        seen: set[_Extents] = set()
        volumes = sorted(sectors.volumes(), key=lambda volume: not volume.joliet)
        if not volumes:
            raise Corrupt("no directory tree")
        lost: list[bytes] = []
        for volume in volumes:
            for path, extents in _files(sectors, volume, budget, lost):
                if extents not in seen:
                    seen.add(extents)
                    yield from _file(sectors, path, extents, budget)
        if lost:
            yield Problem(f"{len(lost)} directories are behind the end of the image")


def _files(
    sectors: Sectors, volume: Volume, budget: Budget, lost: list[bytes]
) -> Iterator[tuple[bytes, _Extents]]:
    """Path and extents of each file of a tree; the directories that are missing go to `lost`.

    Raises:
        LimitExceeded: there are more records than any disc has.
    """
    waiting: list[tuple[bytes, Record]] = [(b"", volume.root)]
    visited: set[int] = set()
    records = 0
    while waiting:
        prefix, directory = waiting.pop()
        if directory.sector in visited:
            continue
        visited.add(directory.sector)
        if not sectors.read(directory.sector):
            lost.append(prefix)
        extents: list[tuple[int, int]] = []
        for record in sectors.records(directory, joliet=volume.joliet):
            budget.check_time()
            records += 1
            if records > _MOST_RECORDS:
                raise LimitExceeded("MaxFiles", "too many directory records")
            if record.directory:
                waiting.append((prefix + record.name + b"/", record))
                continue
            extents.append((record.sector, record.size))
            if not record.continues:
                yield prefix + record.name, tuple(extents)
                extents.clear()


def _file(sectors: Sectors, path: bytes, extents: _Extents, budget: Budget) -> Iterator[Event]:
    size = sum(length for _, length in extents)
    most = budget.allowance() + 1  # one more than may be, which shows that there is more
    pieces = [sectors.extent(sector, length, most, budget.directory) for sector, length in extents]
    content = pieces[0] if len(pieces) == 1 else _joined(pieces, most, budget)
    if len(content) < min(size, most):
        yield Problem(f"{label(path)}: {size} bytes promised, {len(content)} present")
    yield from stored_member(content, path, size, budget)


def _joined(pieces: list[Fmap], most: int, budget: Budget) -> Fmap:
    spool = Spool(budget.directory, _IN_MEMORY)
    for piece in pieces:
        for at in range(0, len(piece), _COPY):
            budget.check_time()
            spool.write(piece.read(at, _COPY))
            if len(spool) >= most:
                return spool.finish()
    return spool.finish()
