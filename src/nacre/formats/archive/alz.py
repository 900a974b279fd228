r"""ALZ archives (.alz) of ALZip.

Layout: ``ALZ\x01`` and four bytes; per member ``BLZ\x01``, name size, attributes, time, flags (bit
0 encrypted, high nibble the width of the sizes), and unless that width is zero method, checksum,
packed size and size; the name; 12 bytes if encrypted; the data. ``CLZ\x01`` begins the directory.
Spec: none was published; this follows what is known from free unpackers and what ClamAV opens.
Yields one Child per member. Methods: stored, bzip2, deflate. Encrypted members are reported.
Unlike ClamAV it names members, and goes on behind a damaged one. Does not join volumes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from nacre.codecs import bzip2, deflate
from nacre.codecs.checksum import Checksum
from nacre.formats.base import decoded_member, label, stored_member
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType
from nacre.parsers.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"ALZ\x01"
_HEADER_SIZE: Final = 8
_MEMBER: Final = b"BLZ\x01"
_DIRECTORY: Final = b"CLZ\x01"
_FIELDS: Final = struct.Struct("<HBIBB")
_METHOD: Final = struct.Struct("<BBI")
_ENCRYPTED: Final = 1 << 0
_KEY_SIZE: Final = 12
_STORED: Final = 0
_DECODERS: Final[dict[int, Callable[..., Decoded]]] = {1: bzip2.decode, 2: deflate.decode}
_WIDTHS: Final = frozenset({0, 1, 2, 4, 8})


class _Member(NamedTuple):
    name: bytes
    flags: int
    method: int
    packed: int
    size: int
    checksum: Checksum


class AlzHandler:
    """Unpacks ALZ archives."""

    TYPES: ClassVar = frozenset({FileType.ALZ})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        reader = Reader(data)
        if reader.take(_HEADER_SIZE)[: len(_MAGIC)] != _MAGIC:
            raise Corrupt("not an ALZ archive")
        while reader.remaining:
            budget.check_time()
            magic = reader.take(len(_MEMBER))
            if magic == _DIRECTORY:
                return
            if magic != _MEMBER:
                start = reader.position - len(_MEMBER)
                yield Problem(f"no member at {start}")
                found = data.find(_MEMBER, start, len(data))
                if found < 0:
                    return
                reader.seek(found)
                continue
            member = _header(reader)
            body = reader.view(member.packed)
            yield from _member(member, body, budget)


def _header(reader: Reader) -> _Member:
    name_size, _attributes, _time, flags, _unknown = _FIELDS.unpack(reader.take(_FIELDS.size))
    width = flags >> 4
    method = packed = size = crc = 0
    if width:
        if width not in _WIDTHS:
            raise Corrupt(f"sizes of {width} bytes")
        method, _unknown, crc = _METHOD.unpack(reader.take(_METHOD.size))
        packed, size = (int.from_bytes(reader.take(width), "little") for _ in range(2))
    name = reader.take(name_size)
    if flags & _ENCRYPTED:
        reader.skip(_KEY_SIZE)
    return _Member(name, flags, method, packed, size, Checksum("crc32", crc))


def _member(member: _Member, body: Fmap, budget: Budget) -> Iterator[Event]:
    name = member.name
    if member.flags & _ENCRYPTED:
        yield Problem(f"{label(name)}: encrypted")
    elif member.method == _STORED:
        if len(body) < member.packed:
            yield Problem(f"{label(name)}: {member.packed} bytes promised, {len(body)} present")
        whole = member.checksum if len(body) == member.packed else None
        yield from stored_member(body, name, member.packed, budget, checksum=whole)
    elif decode := _DECODERS.get(member.method):
        budget.check_child(0)
        yield from decoded_member(decode(body, budget), name, budget, checksum=member.checksum)
    else:
        yield Problem(f"{label(name)}: method {member.method} is not decoded")
