"""What the headers of a PE say, under ClamAV's keys (``PE``, ``Imphash``, ``ImportTable``).

Layout: behind the offset at 60 the mark ``PE``, a header of 20 bytes and an optional header, whose
fields lie at the same places in 32 and 64 bits, but for the last ones. What is missing of it is
left out. Numbers have a sign, as in ClamAV. Spec: Microsoft's "PE Format".
"""

from __future__ import annotations

import hashlib
import struct
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from nacre.model.errors import Unsupported
from nacre.model.event import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.executables import Program
    from nacre.model.event import Json
    from nacre.model.fmap import Fmap

_OFFSET_AT: Final = 60
_HEADER: Final = struct.Struct("<4sHHI8xHH")
_MARK: Final = b"PE\0\0"
_OPTIONAL: Final = struct.Struct("<HBBiiiII")
"""Magic, versions of the linker, sizes of code and data, entry point, base of code."""
_WINDOWS: Final = struct.Struct("<II8xHH4xII4xH")
"""From 32 on: alignments, version of the subsystem, sizes of image and headers, subsystem."""
_WINDOWS_AT: Final = 32
_COUNT_AT: Final = {False: 92, True: 108}
_MAGIC_64: Final = 0x20B
_EXECUTABLE, _LIBRARY = 0x0002, 0x2000
_EXECUTE, _WRITE = 0x2000_0000, 0x8000_0000
_WIN32: Final = 32
_MOST_IMPORTS: Final = 10_000
_UNKNOWN: Final = "Unknown"
_MACHINES: Final = {
    0x14C: "80386", 0x14D: "80486", 0x14E: "80586", 0x160: "R3000 MIPS BE",
    0x162: "R3000 MIPS LE", 0x166: "R4000 MIPS LE", 0x168: "R10000 MIPS LE",
    0x169: "WCE MIPS LE", 0x184: "DEC Alpha AXP", 0x1A2: "Hitachi SH3 LE",
    0x1A3: "Hitachi SH3-DSP", 0x1A4: "Hitachi SH3-E LE", 0x1A6: "Hitachi SH4 LE",
    0x1A8: "Hitachi SH5", 0x1C0: "ARM LE", 0x1C2: "ARM Thumb/Thumb-2 LE",
    0x1C4: "ARM Thumb-2 LE", 0x1D3: "AM33", 0x1F0: "PowerPC LE", 0x1F1: "PowerPC FP",
    0x200: "IA64", 0x266: "MIPS16", 0x268: "M68k", 0x284: "DEC Alpha AXP 64bit",
    0x366: "MIPS+FPU", 0x466: "MIPS16+FPU", 0x520: "Infineon TriCore", 0xCEF: "CEF",
    0xEBC: "EFI Byte Code", 0x8664: "AMD64", 0x9041: "M32R", 0xAA64: "ARM64 LE", 0xC0EE: "CEE",
}  # fmt: skip
_SUBSYSTEMS: Final = {
    1: "Native (svc)", 2: "Win32 GUI", 3: "Win32 console", 5: "OS/2 console", 7: "POSIX console",
    8: "Native Win9x driver", 9: "WinCE GUI", 10: "EFI application", 11: "EFI driver",
    12: "EFI runtime driver", 13: "EFI ROM image", 14: "Xbox", 16: "Boot application",
}  # fmt: skip


def program_facts(program: Program, data: Fmap) -> Iterator[Metadata]:
    """Yield the facts about a PE."""
    facts = {**_header(data), **_sections(program)}
    if facts:
        yield Metadata("PE", facts)
    try:
        text = program.import_text()
    except Unsupported:
        return
    if text is not None:
        functions: list[Json] = [
            name.decode("ascii", "replace") for name in text.split(b",")[:_MOST_IMPORTS] if name
        ]
        if functions:
            yield Metadata("ImportTable", functions)
        yield Metadata("Imphash", hashlib.md5(text, usedforsecurity=False).hexdigest())


def _header(data: Fmap) -> dict[str, Json]:
    offset = data.read(_OFFSET_AT, 4)
    at = int.from_bytes(offset, "little")
    header = data.read(at, _HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MARK):
        return {}
    _, machine, sections, stamp, size, flags = _HEADER.unpack(header)
    facts: dict[str, Json] = {}
    if flags & (_EXECUTABLE | _LIBRARY):
        facts["Type"] = "DLL" if flags & _LIBRARY else "EXE"
    facts |= {
        "ArchType": _MACHINES.get(machine, _UNKNOWN),
        "NumberOfSections": sections,
        "TimeDateStamp": time.ctime(stamp) + "\n",
        "SizeOfOptionalHeader": size,
    }
    return facts | _optional(data, at + _HEADER.size)


def _optional(data: Fmap, at: int) -> dict[str, Json]:
    magic = int.from_bytes(data.read(at, 2), "little")
    count_at = _COUNT_AT[magic == _MAGIC_64]
    raw = data.read(at, count_at + 4)
    if len(raw) < count_at + 4:
        return {}
    _, major, minor, code, filled, empty, entry, base = _OPTIONAL.unpack_from(raw)
    section, file, system, system_minor, image, headers, subsystem = _WINDOWS.unpack_from(
        raw, _WINDOWS_AT
    )
    return {
        "MajorLinkerVersion": major,
        "MinorLinkerVersion": minor,
        "SizeOfCode": code,
        "SizeOfInitializedData": filled,
        "SizeOfUninitializedData": empty,
        "NumberOfRvaAndSizes": int.from_bytes(raw[count_at:], "little", signed=True),
        "MajorSubsystemVersion": system,
        "MinorSubsystemVersion": system_minor,
        "EntryPoint": f"{entry:#x}",
        "BaseOfCode": f"{base:#x}",
        "SectionAlignment": f"{section:#x}",
        "FileAlignment": f"{file:#x}",
        "SizeOfImage": f"{image:#x}",
        "SizeOfHeaders": f"{headers:#x}",
        "Subsystem": _SUBSYSTEMS.get(subsystem, _UNKNOWN),
    }


def _sections(program: Program) -> dict[str, Json]:
    if program.fault is not None or not program.sections:
        return {}
    listed: list[Json] = [
        {
            "RawSize": section.place.size,
            "RawOffset": section.place.offset,
            "VirtualAddress": f"{section.place.address:#010x}",
            "Executable": bool(section.flags & _EXECUTE),
            "Writable": bool(section.flags & _WRITE),
            "Signed": False,
        }
        for section in program.sections
    ]
    facts: dict[str, Json] = {"Sections": listed}
    if program.entry_point is not None:
        facts["EntryPointOffset"] = program.entry_point
        if program.bits == _WIN32 and _has_empty_section(program):
            facts["HasEmptySection"] = True
    return facts


def _has_empty_section(program: Program) -> bool:
    """Whether a section is made in memory and the next one has bytes, as packers leave them."""
    return any(
        not empty.place.size and empty.stated.virtual_size
        and full.place.size and full.stated.virtual_size
        for empty, full in pairwise(program.sections)
    )  # fmt: skip
