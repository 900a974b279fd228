"""ELF files, Mach-O files, universal binaries and the digest of a PE as LIEF has them."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from executables.fact import Fact
from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED = 3
_LIBRARY = 6
_DOS_HEADER = 64
_LOW = (1 << 32) - 1
_LESS = "LIEF leaves out what it cannot read"


def _number(holder: Any, name: str) -> int:
    """A member of an enumeration, or the number itself where LIEF has no such member and warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        member = getattr(holder, name)
    return int(getattr(member, "value", member))


def elf_facts(data: bytes) -> Iterator[Fact]:
    """Header, entry point and sections."""
    lief: Any = import_module("lief")

    program = Program(Fmap.from_bytes(data), FileType.ELF)
    settings = lief.ELF.ParserConfig()
    settings.parse_symbol_versions = settings.parse_notes = settings.parse_overlay = False
    settings.parse_relocations = settings.parse_dyn_symbols = settings.parse_symtab_symbols = False
    other: Any = lief.ELF.parse(list(data), settings)
    if other is None or program.fault is not None:
        return
    header = other.header
    machine = _number(header, "machine_type") & 0xFFFF
    if program.machine != machine and program.machine.to_bytes(2, "big") == machine.to_bytes(
        2, "little"
    ):
        yield Fact("machine", program.machine, machine, "LIEF guesses another byte order")
        return
    yield Fact("machine", program.machine, machine)
    yield Fact("bits", program.bits, 32 * _number(header, "identity_class"))
    yield Fact("big endian", program.big_endian, _number(header, "identity_data") == 2)
    yield Fact("library", program.library, _number(header, "file_type") == _SHARED)
    reason = _odd_entry(program, other, len(data))
    yield Fact("entry point", program.entry_point, _entry(other, lief), reason)
    mine = [
        (one.name, one.stated.address, one.stated.offset, one.stated.size)
        for one in program.sections
    ]
    theirs = [
        (_name(one.name), one.virtual_address, one.file_offset, one.size) for one in other.sections
    ]
    yield Fact("sections", sorted(mine), sorted(theirs))


def _name(name: str | bytes) -> bytes:
    return name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name


def _entry(other: Any, lief: Any) -> int:
    if not other.header.entrypoint or not other.header.numberof_segments:
        return 0
    place = other.virtual_address_to_offset(other.header.entrypoint)
    return -1 if isinstance(place, lief.lief_errors) else int(place)


def _odd_entry(program: Program, other: Any, size: int) -> str:
    entry, place = other.header.entrypoint, program.entry_point
    if place is not None and place >= size:
        return "LIEF wants it inside the file"
    for one in other.segments:
        if place == one.file_offset + entry - one.virtual_address and _number(one, "type") != 1:
            return "ClamAV takes the first segment of any kind"
    return ""


def macho_facts(data: bytes) -> Iterator[Fact]:
    """Header and sections of a Mach-O file."""
    lief: Any = import_module("lief")

    fat: Any = lief.MachO.parse(list(data))
    program = Program(Fmap.from_bytes(data), FileType.MACHO)
    if fat is None or program.fault is not None or not fat.size:
        return
    other = fat.at(0)
    header = other.header
    yield Fact("machine", program.machine, _number(header, "cpu_type") & _LOW)
    yield Fact("library", program.library, _number(header, "file_type") == _LIBRARY)
    yield Fact("bits", program.bits, 64 if _number(header, "magic") & 1 else 32)
    # ClamAV knows entry points of PowerPC alone.
    yield Fact("entry point", program.entry_point, 0)
    mine = [
        (one.name, one.stated.address, one.stated.offset, one.stated.size)
        for one in program.sections
    ]
    theirs = [
        (_name(one.name)[:16], one.virtual_address, one.offset, one.size) for one in other.sections
    ]
    less = set(theirs) < set(mine)
    yield Fact("sections", sorted(mine), sorted(theirs), _LESS if less else "")


def universal_facts(data: bytes) -> Iterator[Fact]:
    """The slices of a universal binary."""
    lief: Any = import_module("lief")

    program = Program(Fmap.from_bytes(data), FileType.MACHO_UNIBIN)
    fat: Any = lief.MachO.parse(list(data))
    if fat is None or program.broken:
        return
    theirs = {fat.at(number).fat_offset for number in range(fat.size)}
    mine = {offset for offset, _ in program.slices}
    yield Fact("slices", mine, theirs, _LESS if theirs < mine else "")


def digest_facts(data: bytes) -> Iterator[Fact]:
    """The digest that a signature of a PE is over.

    LIEF digests what it would write, so that a damaged program has another one.
    """
    lief: Any = import_module("lief")

    fmap = Fmap.from_bytes(data)
    program = Program(fmap, FileType.MSEXE)
    signed = program.signed
    if signed is None or program.broken:
        return
    other: Any = lief.PE.parse(list(data))
    if other is None:
        return
    mine = fmap.digest_parts("sha256", list(signed.parts))
    theirs = bytes(other.authentihash(lief.PE.ALGORITHMS.SHA_256))
    yield Fact("signed digest", mine.hex(), theirs.hex(), _gaps(other))


def _gaps(other: Any) -> str:
    """Files are digested from the beginning to the end by those who make signatures."""
    if other.dos_header.addressof_new_exeheader < _DOS_HEADER:
        return "LIEF writes the headers anew, and here they overlap"
    at = other.optional_header.sizeof_headers
    places = ((one.pointerto_raw_data, one.sizeof_raw_data) for one in other.sections)
    for start, size in sorted(place for place in places if place[1]):
        if start != at:
            return "LIEF takes section after section, and here they overlap or leave gaps"
        at = start + size
    return ""
