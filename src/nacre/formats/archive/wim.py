"""Windows images (.wim, .esd): how Windows is installed, and what wimlib and 7-Zip write.

Layout and spec: parsers/wim.py. Yields one Member and one Child per blob, under the path of a file
that has it; equal files are one blob. All compressions are decoded: XPRESS, LZX, LZMS, also of
solid resources; pipable images too, without their end as far as they go. Not opened: encrypted ESD
files; that an image is split is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.formats.base import REASONS, few_problems, label, refusal, stored_member
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool
from nacre.parsers import wim
from nacre.parsers.extents import append

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_Resources = dict[wim.Place, wim.Resource]


class WimHandler:
    """Opens Windows images."""

    TYPES: ClassVar = frozenset({FileType.WIM})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the blobs."""
        yield from few_problems(_blobs(wim.Wim(data, budget), budget))


def _blobs(image: wim.Wim, budget: Budget) -> Iterator[Event]:
    names: dict[bytes, bytes] = {}
    files: list[wim.Blob] = []
    if image.parts > 1:
        yield Problem(f"part {image.part} of {image.parts} of an image, the others elsewhere")
    if image.cut:
        yield Problem("the end with the table of blobs is missing")
    for blob in image.blobs():
        if not blob.metadata:
            files.append(blob)
            continue
        try:
            _learn(image, blob, names, budget)
        except FormatError as error:
            yield Problem(f"names of files: {error}")
    opened: _Resources = {}
    for position, blob in enumerate(files, 1):
        name = names.get(blob.hash, blob.hash.hex().encode())
        yield Member(name, sum(place.packed for place in blob.resources), blob.size, position)
        if blob.part != image.part:
            yield Problem(f"{label(name)}: in part {blob.part} of the image")
            continue
        yield from _blob(image, blob, name, opened, budget)


def _learn(image: wim.Wim, blob: wim.Blob, names: dict[bytes, bytes], budget: Budget) -> None:
    """Take the names out of an image's metadata."""
    if blob.size > budget.shared_allowance():
        raise Corrupt(f"{blob.size} bytes of them")
    metadata = image.resource(blob.resources[0]).read(0, blob.size)
    budget.waste(len(metadata))
    for digest, path in wim.names(metadata, budget):
        names.setdefault(digest, path)


def _blob(
    image: wim.Wim, blob: wim.Blob, name: bytes, opened: _Resources, budget: Budget
) -> Iterator[Event]:
    refused = refusal(blob.size, name, budget)
    if refused:
        yield refused
        return
    try:
        content = _content(image, blob, opened, budget)
    except FormatError as error:
        yield Problem(f"{label(name)}: {error}")
        return
    if len(content) < blob.size:
        yield Problem(f"{label(name)}: {blob.size} bytes promised, {len(content)} present")
    yield from stored_member(content, name, len(content), budget)
    if len(content) == blob.size and content.digest("sha1") != blob.hash:
        yield Problem(f"{label(name)}: {REASONS['checksum']}")


def _content(image: wim.Wim, blob: wim.Blob, opened: _Resources, budget: Budget) -> Fmap:
    """The content of a blob; solid resources stay open for the next one."""
    if any(place not in opened for place in blob.resources):
        opened.clear()
        opened.update((place, image.resource(place)) for place in blob.resources)
    pieces: list[Fmap] = []
    start, left = blob.start, blob.size
    for resource in (opened[place] for place in blob.resources):
        if start < resource.size and left > 0:
            pieces.append(resource.read(start, left))
            left -= len(pieces[-1])
        start = max(0, start - resource.size)
    if len(pieces) == 1:
        return pieces[0]
    spool = Spool(budget.directory, 8 << 20)
    for piece in pieces:
        append(spool, piece, budget)
    return spool.finish()
