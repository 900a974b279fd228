"""Programs that old file viruses infected, known by what they leave there.

Parite.B begins the section, at the entry point: behind the name of a function stand pairs of
numbers that differ by the same bits in every copy. Magistr lengthens the section, which becomes
writable, to a size that ends in the same byte, and calls over its own body near the end. Kriz
decrypts itself at the entry point (`kriz`). Polipos has a section of its own, into which calls of
the program were bent.
The places and numbers are ClamAV's, tried with programs made for it; it also has names for damaged
copies of Magistr (``.dam``), and 1.4 gives none.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from nacre.executables import kriz

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.executables.program import Place, Program, Section
    from nacre.model.fmap import Fmap

PARITE: Final = "Heuristics.W32.Parite.B"
KRIZ: Final = "Heuristics.W32.Kriz"
POLIPOS: Final = "Heuristics.W32.Polipos.A"
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
_KRIZ_BYTES: Final = 0xFD2
_I386: Final = 0x14C
_SUBSYSTEMS: Final = frozenset({2, 3})
"""With windows, and on a console."""
_HEADER_AT: Final = 0x3C
_HEADER_WITHIN: Final = 0x800
_SUBSYSTEM: Final = struct.Struct("<92xH2xI")
"""Of the PE header: the subsystem, and the stack that is reserved."""
_STACK: Final = 0x80000
_SECTIONS: Final = range(3, 13)
_POLIPOS_FLAGS: Final = 0xE0000060
_POLIPOS_SIZES: Final = range(40001, 70000)
_PROLOGUES: Final = re.compile(rb"\x55\x8b\xec(?:\x60|\x83\xec.\x60|\x81\xec..\0\0)", re.DOTALL)
"""How functions of Polipos begin, in nine bytes."""
_PROLOGUE: Final = 9


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
    """The alerts for a PE."""
    if program.fault is not None or program.bits != _WIN32:
        return
    sections = program.sections
    if not sections:
        return
    last = sections[-1]
    if _is_kriz(program, last.place, data):
        yield KRIZ
    if program.library:
        return
    if program.entry_point == last.place.offset and _is_parite(
        data.read(last.place.offset, _PIECE)
    ):
        yield PARITE
    if len(sections) > 1 and last.flags & _WRITABLE:
        yield from _magistr(last, data)
    if _is_polipos(program, data):
        yield POLIPOS


def _is_kriz(program: Program, last: Place, data: Fmap) -> bool:
    entry = program.entry_point
    if entry is None or not last.offset <= entry <= last.offset + last.size - _KRIZ_BYTES:
        return False
    return kriz.is_decryptor(data.read(entry, kriz.WITHIN))


def _is_polipos(program: Program, data: Fmap) -> bool:
    sections = program.sections
    own = [
        number
        for number, section in enumerate(sections)
        if section.flags == _POLIPOS_FLAGS and section.place.virtual_size in _POLIPOS_SIZES
    ]
    if not own or len(sections) not in _SECTIONS or program.machine != _I386:
        return False
    header = int.from_bytes(data.read(_HEADER_AT, 4), "little")
    fields = data.read(header, _SUBSYSTEM.size)
    if header > _HEADER_WITHIN or len(fields) < _SUBSYSTEM.size:
        return False
    subsystem, stack = _SUBSYSTEM.unpack(fields)
    if subsystem not in _SUBSYSTEMS or stack < _STACK:
        return False
    starts = program.branches(own[-1], _PROLOGUE)
    return any(_PROLOGUES.match(data.read(start, _PROLOGUE)) for start in starts)


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
