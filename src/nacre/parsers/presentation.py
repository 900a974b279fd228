"""Objects embedded into PowerPoint presentations of 1997 to 2003.

Layout: the stream ``PowerPoint Document`` is a tree of records, each with version and instance,
type and length; containers (version 15) hold records. An ExOleObjStg is a compound file, an OLE
object or a project of macros, with instance 1 deflated behind its size; the instance is not
believed where it says otherwise.
Spec: MS-PPT 2.3.1, 2.10.34.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.parsers.ole2 import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_HEADER: Final = struct.Struct("<HHI")
_CONTAINER: Final = 0xF
_OBJECT: Final = 0x1011
_OBJECT_KIND: Final = _OBJECT.to_bytes(2, "little")
_SIZE: Final = 4
_DEFLATE: Final = 8


class StoredObject(NamedTuple):
    """An embedded object."""

    data: Fmap
    compressed: bool
    """Whether `data` is a zlib stream."""


def stored_objects(stream: Fmap, budget: Budget) -> Iterator[StoredObject]:
    """The embedded objects, in the order of the stream, then those that its records do not reach.

    PowerPoint goes by a list of places, so that a record that lies about its length hides nothing.
    """
    seen = set()
    at = 0
    while len(header := stream.read(at, _HEADER.size)) == _HEADER.size:
        budget.check_time()
        version, kind, length = _HEADER.unpack(header)
        if kind == _OBJECT:
            seen.add(at)
            yield _object(stream, at)
        at += _HEADER.size
        if kind == _OBJECT or version & 0xF != _CONTAINER:
            at += length
    at = 0
    while (at := stream.find(_OBJECT_KIND, at + 2, len(stream))) >= 0:
        budget.check_time()
        if at - 2 not in seen and _begins_object(stream.read(at + 6, _SIZE + len(MAGIC))):
            yield _object(stream, at - 2)


def _object(stream: Fmap, at: int) -> StoredObject:
    version, _, length = _HEADER.unpack(stream.read(at, _HEADER.size))
    at += _HEADER.size
    compressed = bool(version >> 4) or _is_zlib(stream.read(at + _SIZE, 2))
    skip = _SIZE if compressed else 0
    return StoredObject(stream.slice(at + skip, max(0, length - skip)), compressed)


def _begins_object(head: bytes) -> bool:
    return head.startswith(MAGIC) or _is_zlib(head[_SIZE:])


def _is_zlib(head: bytes) -> bool:
    """Whether a zlib stream begins so (RFC 1950, 2.2)."""
    return len(head) > 1 and head[0] & 0x8F == _DEFLATE and int.from_bytes(head[:2]) % 31 == 0
