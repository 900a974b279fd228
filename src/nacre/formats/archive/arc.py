"""ARC archives (.arc) of MS-DOS and CP/M.

Layout: members of a byte 1A, the method, a name of 13 bytes, sizes, time, CRC-16, and the data;
method 0 ends the archive. Spec: what arc 5.21 writes, K. W. Rogers's notes on ARC files. Yields one
Member and one Child per member; a folder's Child is an archive of its own. Not decoded: PAK's own
methods, which are reported. Nothing tells of a member that is encrypted, so it looks damaged.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import arc
from nacre.codecs.checksum import Checksum
from nacre.formats.base import few_problems, label, sized_member, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Member, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<BB13sI4xH")
_MARK: Final = 0x1A
_END: Final = 0
_OLD_STORED: Final = 1  # without the size of the content, which is the same
_STORED: Final = frozenset({_OLD_STORED, 2})
_METHODS: Final[Mapping[int, arc.Method]] = {
    3: "arc-packed",
    4: "arc-squeezed",
    5: "arc-crunched-5",
    6: "arc-crunched-6",
    7: "arc-crunched-7",
    8: "arc-crunched",
    9: "arc-squashed",
}
_FOLDER: Final = 30
_NOTES: Final = range(20, 30)
_FOLDER_END: Final = 31


class ArcHandler:
    """Unpacks ARC archives."""

    TYPES: ClassVar = frozenset({FileType.ARC})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        yield from few_problems(_members(Reader(data), budget))


def _members(reader: Reader, budget: Budget) -> Iterator[Event]:
    position = 0
    while reader.remaining:
        budget.check_time()
        start = reader.position
        mark, method = (*reader.peek(2), _END)[:2]
        if mark != _MARK:
            raise Corrupt(f"no member at {start}")
        if method in {_END, _FOLDER_END}:
            return
        _, _, name, packed, crc = _HEADER.unpack(reader.take(_HEADER.size))
        size = packed if method == _OLD_STORED else reader.u32le()
        content = reader.view(packed)
        if method in _NOTES:
            continue
        position += 1
        name = name.partition(b"\0")[0]
        yield Member(name, packed, size, position)
        if len(content) < packed:
            yield Problem(f"{label(name)}: {packed} bytes promised, {len(content)} present")
        checksum = Checksum("crc16", crc) if len(content) == packed else None
        yield from _member(method, content, name, size, budget, checksum)


def _member(  # noqa: PLR0913, PLR0917 - what a header says
    method: int, content: Fmap, name: bytes, size: int, budget: Budget, checksum: Checksum | None
) -> Iterator[Event]:
    known = _METHODS.get(method)
    if known is not None:
        decode = partial(arc.decode, content, budget, known, size)
        yield from sized_member(decode, name, size, budget, checksum=checksum)
    elif method == _FOLDER:
        yield from stored_member(content, name, len(content), budget)
    elif method in _STORED:
        yield from stored_member(content, name, len(content), budget, checksum=checksum)
    else:
        yield Problem(f"{label(name)}: method {method} is not decoded")
