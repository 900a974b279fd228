"""Programs that old file viruses infected, known by what they leave in the last section.

Parite.B begins the section, at the entry point: behind the name of a function stand pairs of
numbers that differ by the same bits in every copy. Magistr lengthens the section, which becomes
writable, to a size that ends in the same byte, and calls over its own body near the end.
The places and numbers are ClamAV's, tried with programs made for it; it also has names for damaged
copies of Magistr (``.dam``), and 1.4 gives none.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.executables.program import Program, Section
    from nacre.model.fmap import Fmap

PARITE: Final = "Heuristics.W32.Parite.B"
MAGISTR_A: Final = "Heuristics.W32.Magistr.A"
MAGISTR_B: Final = "Heuristics.W32.Magistr.B"

_WIN32: Final = 32
_PIECE: Final = 4096
_FUNCTION: Final = b"GetProcAddress\0"
_FUNCTION_WITHIN: Final = 4040
_PAIRS: Final = struct.Struct("<6I")
_DIFFERENCES: Final = (0x505A4F, 0xFFFFB, 0xB8)
_WRITABLE: Final = 0x80000000
_CALL_WITHIN: Final = 4091


class _Magistr(NamedTuple):
    name: str
    shortest: int
    """Bytes of the section, in the file and in memory."""
    from_end: int
    """Where the call may begin, at most a piece behind."""
    call: bytes


_MAGISTRS: Final = {
    0xEC: _Magistr(MAGISTR_A, 0x612C, 0x7000, bytes.fromhex("e82c610000")),
    0xED: _Magistr(MAGISTR_B, 0x7000, 0x8000, bytes.fromhex("e804720000")),
}
"""By the last byte of the section's size in memory."""


def infections(program: Program, data: Fmap) -> Iterator[str]:
    """The alerts for a PE; nothing is looked at but its last section."""
    if program.fault is not None or program.bits != _WIN32 or program.library:
        return
    sections = program.sections
    if not sections:
        return
    last = sections[-1]
    if program.entry_point == last.place.offset and _is_parite(
        data.read(last.place.offset, _PIECE)
    ):
        yield PARITE
    if len(sections) > 1 and last.flags & _WRITABLE:
        yield from _magistr(last, data)


def _is_parite(start: bytes) -> bool:
    if len(start) < _PIECE:
        return False
    at = start.find(_FUNCTION, 0, _FUNCTION_WITHIN)
    if at < 0:
        return False
    values = _PAIRS.unpack_from(start, at + len(_FUNCTION))
    pairs = zip(values[::2], values[1::2], strict=True)
    return tuple(one ^ other for one, other in pairs) == _DIFFERENCES


def _magistr(last: Section, data: Fmap) -> Iterator[str]:
    in_memory, place = last.stated.virtual_size, last.place
    kind = _MAGISTRS.get(in_memory & 0xFF)
    if kind is None or min(in_memory, place.size) < kind.shortest:
        return
    start = place.offset + max(0, place.size - kind.from_end)
    if kind.call in data.read(start, _CALL_WITHIN):
        yield kind.name
