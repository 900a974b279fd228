"""HFS+ and HFSX volumes, the file system of macOS before APFS.

Layout and spec: parsers/hfsplus.py, parsers/decmpfs.py. Yields one Child per fork with content,
resource forks under the name of their file and ``..namedfork/rsrc``; files kept compressed are
decompressed. Unlike ClamAV it follows overflowing extents, names files, and knows LZVN and LZFSE.
Deleted files and attributes other than that of compressed files are only matched with the volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import label, refusal, stored_member
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers import decmpfs
from nacre.parsers.hfsplus import DATA, RESOURCE, File, Fork, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_RESOURCE: Final = b"/..namedfork/rsrc"


class HfsplusHandler:
    """Opens HFS+ and HFSX volumes."""

    TYPES: ClassVar = frozenset({FileType.PART_HFSPLUS})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the files."""
        volume = Volume(data, budget)
        try:
            compressed = volume.attributes(decmpfs.NAME)
        except Corrupt as error:
            yield Problem(f"attributes: {error}")
            compressed = {}
        for file in volume.files():
            budget.check_child(0)
            yield from _fork(volume, file, file.data, DATA, budget)
            attribute = compressed.get(file.number)
            if attribute is not None:
                yield from _decompressed(volume, file, attribute, budget)
            elif file.compressed:
                yield Problem(f"{label(file.path)}: where it is compressed is not known")
            yield from _fork(volume, file, file.resource, RESOURCE, budget)


def _fork(volume: Volume, file: File, fork: Fork, kind: int, budget: Budget) -> Iterator[Event]:
    name = file.path + _RESOURCE if kind == RESOURCE else file.path
    refused = refusal(fork.size, name, budget)
    if refused:
        yield refused
    elif fork.size:
        content = volume.content(file.number, fork, kind)
        yield from _content(content, fork.size, name, budget)


def _decompressed(volume: Volume, file: File, attribute: bytes, budget: Budget) -> Iterator[Event]:
    try:
        compressed = decmpfs.parse(attribute)
    except FormatError as error:
        yield Problem(f"{label(file.path)}: {error}")
        return
    refused = refusal(max(compressed.size, file.resource.size), file.path, budget)
    if refused:
        yield refused
        return
    fork = volume.content(file.number, file.resource, RESOURCE)
    content = decmpfs.content(compressed, fork, budget)
    yield from _content(content, compressed.size, file.path, budget)


def _content(content: Fmap, size: int, name: bytes, budget: Budget) -> Iterator[Event]:
    if len(content) < size:
        yield Problem(f"{label(name)}: {size} bytes promised, {len(content)} present")
    yield from stored_member(content, name, size, budget)
