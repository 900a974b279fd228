"""PE files as pefile has them.

Where the two need not agree, ClamAV's signatures decide what nacre says (tests/compat asks it), and
the fact carries the reason. A program that pefile warns about, or that ClamAV calls broken, is
damaged in a way that each parser takes as it likes: only what the headers say is compared.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from executables.fact import Fact
from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTORIES = ("EXPORT", "IMPORT", "RESOURCE", "SECURITY")
_ICON, _ICON_GROUP = 3, 14
_NAMED = {b"oleaut32.dll", b"ws2_32.dll", b"wsock32.dll"}
"""Libraries whose numbers have names, not everywhere the same."""
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
_NAME_WINDOW = 256
_MOST_VERSIONS = 16


def facts(data: bytes) -> Iterator[Fact]:
    """All facts about the program in `data`; none when one of the two refuses it."""
    pefile: Any = import_module("pefile")

    program = Program(Fmap.from_bytes(data), FileType.MSEXE)
    if program.fault is not None:
        return
    try:
        other = pefile.PE(data=data, fast_load=True)
        names = (pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{name}"] for name in _DIRECTORIES)
        other.parse_data_directories(directories=list(names))
    except (pefile.PEFormatError, AttributeError, MemoryError):
        return
    yield from _headers(program, other)
    if other.get_warnings() or program.broken:
        return
    yield from _places(program, other, len(data))
    yield from _tables(program, other)
    yield _imports(program, other, len(data))


def _headers(program: Program, other: Any) -> Iterator[Fact]:
    yield Fact("machine", program.machine, other.FILE_HEADER.Machine)
    yield Fact("library", program.library, bool(other.FILE_HEADER.Characteristics & 0x2000))
    theirs = {
        (one.VirtualAddress, one.Misc_VirtualSize, one.PointerToRawData, one.SizeOfRawData)
        for one in other.sections
    }
    stated = (section.stated for section in program.sections)
    mine = {(one.address, one.virtual_size, one.offset, one.size) for one in stated}
    # pefile stops at a section that it takes for nonsense.
    yield Fact("section headers", mine & theirs, theirs)


def _places(program: Program, other: Any, size: int) -> Iterator[Fact]:
    entry = other.OPTIONAL_HEADER.AddressOfEntryPoint
    yield Fact("entry point", program.entry_point, other.get_offset_from_rva(entry))
    unit = other.OPTIONAL_HEADER.FileAlignment
    theirs = sorted(_cut(one, unit, size) for one in other.sections)
    places = (section.place for section in program.sections)
    mine = sorted((one.offset, one.size) if one.size else (0, 0) for one in places)
    odd = any(one.PointerToRawData % unit for one in other.sections) if unit else True
    yield Fact("sections", mine, theirs, "a section contradicts the alignment" if odd else "")
    behind = other.get_overlay_data_start_offset()
    yield Fact("overlay", program.overlay, behind, _behind(program, behind))
    security = other.OPTIONAL_HEADER.DATA_DIRECTORY[4:5]
    table = [(one.VirtualAddress, one.Size) for one in security if one.VirtualAddress and one.Size]
    signed = program.signed
    mine_table = [(signed.table, signed.table_size)] if signed and signed.table else []
    yield Fact("certificates", mine_table, table)


def _cut(section: Any, unit: int, size: int) -> tuple[int, int]:
    """Where a section lies: in whole sectors, as far as there is file."""
    end = section.PointerToRawData + -(-section.SizeOfRawData // unit) * unit
    length = min(end, size) - section.PointerToRawData
    return (section.PointerToRawData, length) if section.SizeOfRawData and length > 0 else (0, 0)


def _behind(program: Program, theirs: int | None) -> str:
    if any(section.stated.size != section.place.size for section in program.sections):
        return "the last sector is not whole"
    if program.overlay is not None and (theirs is None or theirs > program.overlay):
        return "pefile takes what a data directory names for more of the program"
    return ""


def _tables(program: Program, other: Any) -> Iterator[Fact]:
    symbols = getattr(getattr(other, "DIRECTORY_ENTRY_EXPORT", None), "symbols", ())
    names = {one.name for one in symbols} - {None}
    mine = set(program.exports()) - {b""}
    names -= {b""}
    less = "pefile leaves out the names of functions that are nowhere" if names < mine else ""
    yield Fact("exports", mine, names, less)
    for what, kind, ours in (
        ("icons", _ICON, program.icons()),
        ("icon groups", _ICON_GROUP, program.icon_groups()),
    ):
        places = [(one.offset, one.size) for one in ours]
        theirs = _resources(other, kind)
        yield Fact(what, places, theirs, _outside(program, set(theirs) - set(places)))
    yield _version_keys(program, other)


def _outside(program: Program, places: set[tuple[int, int]]) -> str:
    def is_inside(offset: int) -> bool:
        sections = (section.place for section in program.sections)
        return any(place.offset <= offset < place.offset + place.size for place in sections)

    outside = places and not any(is_inside(offset) for offset, _ in places)
    return "it is in memory only, not among the bytes of a section" if outside else ""


def _version_keys(program: Program, other: Any) -> Fact:
    tables = [
        sorted(place for place, _ in table.entries_offsets.values())
        for info in getattr(other, "FileInfo", ())
        for block in info
        for table in getattr(block, "StringTable", ())
    ]
    theirs = {place for table in tables for place in table}
    mine = set(program.version_keys())
    last = {table[-1] for table in tables if table}
    reason = ""
    if len(tables) > _MOST_VERSIONS:
        reason = "ClamAV looks at sixteen version resources"
    elif mine < theirs and theirs - mine <= last:
        reason = "ClamAV overlooks a last key whose padding is not part of the table"
    return Fact("version keys", mine, theirs, reason)


def _resources(other: Any, kind: int) -> list[tuple[int, int]]:
    kinds = getattr(getattr(other, "DIRECTORY_ENTRY_RESOURCE", None), "entries", ())
    return [
        (other.get_offset_from_rva(leaf.data.struct.OffsetToData), leaf.data.struct.Size)
        for entry in kinds
        if entry.id == kind
        for name in entry.directory.entries
        for leaf in name.directory.entries
    ]


def _imports(program: Program, other: Any, size: int) -> Fact:
    """The imports one by one; a number that has a name in either table is compared as a number."""
    text = program.import_text()
    mine = [] if not text else text.split(b",")
    theirs, reason = [], ""
    table = other.OPTIONAL_HEADER.DATA_DIRECTORY[1]
    start = (
        other.get_offset_from_rva(table.VirtualAddress)
        if hasattr(other, "DIRECTORY_ENTRY_IMPORT")
        else 0
    )
    if start + table.Size > size:
        reason = "ClamAV wants all of the table inside the file"
    for library in getattr(other, "DIRECTORY_ENTRY_IMPORT", ()):
        name = library.dll.lower()
        stem = _stem(name)
        for function in library.imports:
            if function.import_by_ordinal:
                theirs.append(stem + b".ord%d" % function.ordinal)
                place = len(theirs) - 1
                if name in _NAMED and place < len(mine) and mine[place].startswith(stem + b"."):
                    theirs[place] = mine[place]
                continue
            theirs.append(stem + b"." + function.name.lower())
            if not _PLAIN.issuperset(function.name):
                reason = "ClamAV gives up at a function's name like this"
            elif function.name_offset + _NAME_WINDOW > size:
                reason = "ClamAV overlooks names so close to the end of the file"
    return Fact("imports", mine, theirs, reason)


def _stem(library: bytes) -> bytes:
    """As in ClamAV: up to the first dot, if one of three suffixes begins there."""
    stem, dot, suffix = library.partition(b".")
    return stem if dot and suffix.startswith((b"dll", b"ocx", b"sys")) else library
