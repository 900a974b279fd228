"""Objects embedded into PowerPoint presentations of 1997 to 2003.

Layout: the stream ``PowerPoint Document`` is a tree of records, each with version and instance,
type and length; containers (version 15) hold records. An ExOleObjStg is a compound file, an OLE
object or a project of macros, with instance 1 deflated behind its size.
Spec: MS-PPT 2.3.1, 2.10.34.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<HHI")
_CONTAINER: Final = 0xF
_OBJECT: Final = 0x1011
_SIZE: Final = 4


class StoredObject(NamedTuple):
    """An embedded object."""

    data: Fmap
    compressed: bool
    """Whether `data` is a zlib stream."""


def stored_objects(stream: Fmap, budget: Budget) -> Iterator[StoredObject]:
    """The embedded objects, in the order of the stream; damage ends it."""
    at = 0
    while len(header := stream.read(at, _HEADER.size)) == _HEADER.size:
        budget.check_time()
        version, kind, length = _HEADER.unpack(header)
        at += _HEADER.size
        if kind == _OBJECT:
            compressed = bool(version >> 4)
            skip = _SIZE if compressed else 0
            yield StoredObject(stream.slice(at + skip, max(0, length - skip)), compressed)
        elif version & 0xF == _CONTAINER:
            continue
        at += length
