"""Pictures inside the drawings of Excel, Word and PowerPoint of 1997 to 2003.

Layout: records of version and instance, type and length; containers (version 15) hold records. A
picture (blip) is one or two digests, then a byte and the file of a bitmap, or 34 bytes and the
bytes of a metafile, mostly deflated. In Excel each stands inside an entry that describes it.
Spec: MS-ODRAW 2.2.20 to 2.2.32.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget

_HEADER: Final = struct.Struct("<HHI")
_CONTAINER: Final = 0xF
_ENTRY: Final = 0xF007
_ENTRY_HEAD: Final = 36
_ENTRY_NAME_AT: Final = 33
_BLIPS: Final = {
    0xF01A: "EMF", 0xF01B: "WMF", 0xF01C: "PICT", 0xF01D: "JPEG", 0xF01E: "PNG", 0xF01F: "DIB",
    0xF029: "TIFF", 0xF02A: "JPEG",
}  # fmt: skip
_METAFILES: Final = ("EMF", "WMF", "PICT")
_DIGEST: Final = 16
_METAFILE_HEAD: Final = 34
_COMPRESSION_AT: Final = 32
_DEFLATED: Final = 0


class Picture(NamedTuple):
    """A picture."""

    kind: str
    data: bytes
    deflated: bool


def pictures(data: bytes, budget: Budget) -> Iterator[Picture]:
    """The pictures in a run of records; damage ends it."""
    at = 0
    while at + _HEADER.size <= len(data):
        budget.check_time()
        version, kind, length = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        if kind in _BLIPS:
            yield _picture(_BLIPS[kind], version >> 4, data[at : at + length])
        elif kind == _ENTRY:
            name = data[at + _ENTRY_NAME_AT : at + _ENTRY_NAME_AT + 1]
            at += _ENTRY_HEAD + (name[0] if name else 0)
            continue
        elif version & 0xF == _CONTAINER:
            continue
        at += length


def _picture(kind: str, instance: int, blip: bytes) -> Picture:
    head = _DIGEST * (2 if instance & 1 else 1)
    if kind not in _METAFILES:
        return Picture(kind, blip[head + 1 :], deflated=False)
    compression = blip[head + _COMPRESSION_AT : head + _COMPRESSION_AT + 1]
    deflated = compression == bytes([_DEFLATED])
    return Picture(kind, blip[head + _METAFILE_HEAD :], deflated)
