"""Where the signature of a PE program is, and what it covers.

The header has the offset and size of the certificate table, an entry of the data directory that is
no address but a place in the file. Signed is all of the file but the header's checksum, that entry,
and the table. Spec: Windows Authenticode Portable Executable Signature Format, "Calculating the PE
Image Hash".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_HEADER_POINTER: Final = 0x3C
_OPTIONAL: Final = 24
"""Bytes of the signature and the file header before the optional header."""
_CHECKSUM: Final = 64
_PLUS: Final = 0x20B
"""Magic of PE32+; all others count as PE32, as in ClamAV."""
_DIRECTORIES: Final = (96, 112)
"""Where the data directory is in the optional header of PE32 and PE32+."""
_CERTIFICATE_TABLE: Final = 4
_ENTRY: Final = 8


@dataclass(frozen=True, slots=True)
class Signed:
    """The signed parts of a program, offset and size, and its certificate table."""

    parts: tuple[tuple[int, int], ...]
    table: int
    """Offset of the certificate table; 0 without one."""
    table_size: int


def signed_parts(program: Fmap) -> Signed | None:
    """What a signature in `program`, or one elsewhere about it, covers; None for what is no PE."""
    pointer = program.read(_HEADER_POINTER, 4)
    header = struct.unpack("<I", pointer)[0] if len(pointer) == 4 else 0  # noqa: PLR2004
    optional = header + _OPTIONAL
    if program.read(header, 4) != b"PE\0\0":
        return None
    magic = int.from_bytes(program.read(optional, 2), "little")
    directory = _DIRECTORIES[magic == _PLUS]
    count = int.from_bytes(program.read(optional + directory - 4, 4), "little")
    checksum = optional + _CHECKSUM
    entry = optional + directory + _CERTIFICATE_TABLE * _ENTRY
    place = program.read(entry, _ENTRY)
    if len(place) != _ENTRY:
        return None
    table, table_size = struct.unpack("<II", place) if count > _CERTIFICATE_TABLE else (0, 0)
    size = len(program)
    if not table or not table_size or table < entry + _ENTRY or table + table_size > size:
        table, table_size = 0, 0
    # The table of a signed program is its end; what stands behind one is no less covered.
    behind = table + table_size if table else size
    parts = (
        (0, checksum),
        (checksum + 4, entry - checksum - 4),
        (entry + _ENTRY, (table or size) - entry - _ENTRY),
        (behind, size - behind),
    )
    return Signed(parts, table, table_size)
