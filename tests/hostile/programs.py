"""Programs whose headers ask for more than there is."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from executables.portable import (
    BRANCH,
    PAGE,
    VERSION,
    Pe,
    Section,
    importing,
    resource_directory,
    version_information,
    with_resources,
)
from hostile.case import MARK, Case

if TYPE_CHECKING:
    from pathlib import Path

_LIFTED = ("--max-filesize=0", "--max-scansize=0", "--max-scantime=0")
_TABLE = 64 + 24 + 224
"""Where the section table of a small PE is."""
_ENTRY = 40
_MOST_SECTIONS = 0xFFFF


def _many_sections(path: Path, section: Section, *, step: int) -> None:
    """As many sections as the header can count, each `step` bytes after the one before."""
    entries = (
        struct.pack("<8s6I2HI", b".s", section.virtual_size, section.address, section.size,
                    section.offset + number * step, 0, 0, 0, 0, section.flags)
        for number in range(_MOST_SECTIONS)
    )  # fmt: skip
    head = bytearray(Pe(sections=(section,)).build()[:_TABLE])
    struct.pack_into("<H", head, 64 + 6, _MOST_SECTIONS)
    path.write_bytes(bytes(head) + b"".join(entries) + MARK)


def sections_over_each_other(path: Path) -> None:
    """Each section is nearly all of the file, and no two are the same."""
    _many_sections(path, Section(size=2_000_000, offset=0x200), step=1)


def sections_of_no_size(path: Path) -> None:
    _many_sections(path, Section(size=0, offset=0x200), step=0)


def _sparse(path: Path, size: int) -> None:
    head = Pe(sections=(Section(), replace(Section(), address=2 * PAGE, offset=0x600, size=0)))
    with path.open("wb") as file:
        file.write(head.build())
        file.seek(size - len(MARK))
        file.write(MARK)


def hole_of_64_megabytes(path: Path) -> None:
    _sparse(path, 64 << 20)


def hole_of_a_gigabyte(path: Path) -> None:
    _sparse(path, 1 << 30)


def section_of_four_gigabytes(path: Path) -> None:
    """The section table promises what the file has not."""
    huge = Section(address=2 * PAGE, offset=0x600, size=0xFFFFF000, virtual_size=0x7FFFF000)
    head = Pe(sections=(Section(), replace(huge, size=0, virtual_size=0x200))).build()
    data = bytearray(head)
    struct.pack_into("<II", data, _TABLE + _ENTRY + 8, huge.virtual_size, huge.address)
    struct.pack_into("<I", data, _TABLE + _ENTRY + 16, huge.size)
    path.write_bytes(bytes(data) + MARK)


def resources_in_a_circle(path: Path) -> None:
    """Every entry of the one directory leads back to it, for icons and for versions."""
    entries = [(kind, BRANCH) for kind in (3, 14, VERSION) * 20_000]
    path.write_bytes(with_resources(resource_directory(0, 60_000, *entries)).build() + MARK)


def kinds_without_end(path: Path) -> None:
    """All kinds that a directory can count, every one of them versions, in a circle."""
    entries = [(VERSION, BRANCH)] * 0x1FFFE
    path.write_bytes(with_resources(resource_directory(0xFFFF, 0xFFFF, *entries)).build() + MARK)


def versions_over_each_other(path: Path) -> None:
    """Twenty thousand version resources, all of them the same bytes with four thousand keys."""
    count = 20_000
    version = version_information(["A"] * 4_000)
    leaf = 24 + 24 + 16 + 8 * count
    tree = resource_directory(0, 1, (VERSION, BRANCH | 24))
    tree += resource_directory(0, 1, (1, BRANCH | 48))
    tree += resource_directory(0, count, *[(0x409, leaf)] * count)
    tree += struct.pack("<4I", 2 * PAGE + leaf + 16, 0xFFFF, 0, 0) + version
    path.write_bytes(with_resources(tree).build() + MARK)


def imports_without_end(path: Path) -> None:
    """Forty libraries, whose tables of functions all run on through the whole file."""
    names: list[bytes | int] = [b"A" * 200]
    data = bytearray(importing([(b"KERNEL32.dll", names)] * 40).build())
    data += struct.pack("<I", 0x80000007) * 400_000
    size = len(data) - 0x600
    struct.pack_into("<II", data, _TABLE + _ENTRY + 8, size, 2 * PAGE)
    struct.pack_into("<I", data, _TABLE + _ENTRY + 16, size)
    for index in range(40):
        for field in (0, 16):
            struct.pack_into("<I", data, 0x600 + 20 * index + field, 2 * PAGE + 0x8000)
    path.write_bytes(bytes(data) + MARK)


def import_table_of_four_gigabytes(path: Path) -> None:
    program = replace(importing([(b"A.dll", [1])]), directories={1: (2 * PAGE, 0xFFFFFFFF)})
    path.write_bytes(program.build() + MARK)


def exports_without_end(path: Path) -> None:
    """As many names as 32 bits can count, all of them the same long one."""
    count = 200_000
    table = struct.pack("<10I", *(0,) * 6, 0xFFFFFFFF, 0, 2 * PAGE + 40, 0)
    names = struct.pack("<I", 2 * PAGE + 40 + 4 * count) * count + b"A" * 4000
    content = table + names
    size = -(-len(content) // 0x200) * 0x200
    data = Section(address=2 * PAGE, virtual_size=size, offset=0x600, size=size, content=content)
    program = Pe(sections=(Section(), data), directories={0: (2 * PAGE, size)})
    path.write_bytes(program.build() + MARK)


def _elf(path: Path, *, segments: int, sections: int, names: int, body: bytes) -> None:
    """A 64-bit ELF file with these numbers in its header, both tables behind it."""
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    fields = (2, 62, 1, 0x400000, 64, 64, 0, 64, 56, segments, 64, sections, names)
    path.write_bytes(identity + struct.pack("<HHIQQQIHHHHHH", *fields) + body + MARK)


def elf_of_65535_sections(path: Path) -> None:
    entry = struct.pack("<IIQQQQIIQQ", 1, 1, 0, 0, 0, (1 << 64) - 1, 0, 0, 0, 0)
    _elf(path, segments=1, sections=0xFFFF, names=0xFFFE, body=entry * 0xFFFF)


def elf_of_256_sections_without_end(path: Path) -> None:
    """As many as are used; each reaches from the last byte there can be to the last again."""
    most = (1 << 64) - 1
    entry = struct.pack("<IIQQQQIIQQ", 0xFFFFFFFF, 1, most, most, most, most, 0, 0, 0, 0)
    _elf(path, segments=0, sections=256, names=255, body=entry * 256)


def elf_that_counts_elsewhere(path: Path) -> None:
    """Zero sections and PN_XNUM segments: the first section is to say how many there are."""
    most = 0xFFFFFFFF
    entry = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, most, most, most, 0, 0)
    _elf(path, segments=0xFFFF, sections=0, names=0xFFFF, body=entry * 4096)


def _mach_o(path: Path, commands: int, body: bytes) -> None:
    header = struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 2, commands, len(body), 0, 0)
    path.write_bytes(header + body + MARK)


def mach_o_of_a_million_commands(path: Path) -> None:
    _mach_o(path, 1_000_000, struct.pack("<II", 2, 8) * 1_000_000)


def mach_o_that_stands_still(path: Path) -> None:
    """Commands of no size."""
    _mach_o(path, 1024, struct.pack("<II", 2, 0) * 1024)


def mach_o_of_segments_without_sections(path: Path) -> None:
    """As many commands as are looked at, the last with more sections than there can be."""
    empty = struct.pack("<II16s4Q4I", 0x19, 72, b"__TEXT", 0, 0, 0, 0, 7, 5, 0, 0)
    last = struct.pack("<II16s4Q4I", 0x19, 72, b"__DATA", 0, 0, 0, 0, 7, 5, 0xFFFFFFFF, 0)
    _mach_o(path, 1024, empty * 1023 + last)


def _universal(slices: list[tuple[int, int]]) -> bytes:
    """A universal binary that says it holds these places of itself."""
    table = (struct.pack(">5I", 7, 3, offset, size, 0) for offset, size in slices)
    return struct.pack(">II", 0xCAFEBABE, len(slices)) + b"".join(table)


def universal_inside_itself(path: Path) -> None:
    """Every slice is all of the rest: universal binaries in each other, thirty to each level."""
    head = _universal([(8 + 30 * 20, 0)] * 30)
    path.write_bytes(head * 40 + MARK)


CASES = (
    Case("65,535 sections over each other", sections_over_each_other, told="overlapping sections"),
    Case("65,535 sections of no size", sections_of_no_size),
    Case("a hole of 64 MiB", hole_of_64_megabytes),
    Case("a hole of 1 GiB", hole_of_a_gigabyte, options=_LIFTED, slow=True),
    Case("a section of 4 GiB", section_of_four_gigabytes),
    Case("resources in a circle", resources_in_a_circle),
    Case("kinds without end", kinds_without_end),
    Case("versions over each other", versions_over_each_other),
    Case("imports without end", imports_without_end, told="more imports"),
    Case("an import table of 4 GiB", import_table_of_four_gigabytes),
    Case("exports without end", exports_without_end),
    Case("ELF of 65,535 sections", elf_of_65535_sections),
    Case("ELF of 256 sections without end", elf_of_256_sections_without_end),
    Case("ELF that counts elsewhere", elf_that_counts_elsewhere),
    Case("Mach-O of a million commands", mach_o_of_a_million_commands),
    Case("Mach-O that stands still", mach_o_that_stands_still),
    Case("Mach-O of segments without sections", mach_o_of_segments_without_sections),
    Case("universal inside itself", universal_inside_itself, told="MaxRecursion"),
)
