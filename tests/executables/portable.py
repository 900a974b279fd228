"""Small programs made by hand, field by field."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

HEADERS = 0x400
PAGE = 0x1000


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of a section table."""

    address: int = PAGE
    virtual_size: int = 0x200
    offset: int = HEADERS
    size: int = 0x200
    flags: int = 0x60000020
    content: bytes = b""
    name: bytes | None = None
    """None: the usual one, `.s` and its number."""


DEFAULT = (Section(), Section(address=2 * PAGE, offset=0x600))


@dataclass(frozen=True, slots=True)
class Pe:
    """What the headers of a PE say; `build` lays it out."""

    wide: bool = False
    sections: tuple[Section, ...] = DEFAULT
    entry: int = PAGE + 16
    section_alignment: int = PAGE
    file_alignment: int = 0x200
    headers: int = HEADERS
    characteristics: int = 0x102
    subsystem: int = 3
    directories: dict[int, tuple[int, int]] = field(default_factory=dict)

    def build(self) -> bytes:
        fixed = 112 if self.wide else 96
        file_header = struct.pack(
            "<4sHHIIIHH",
            b"PE\0\0",
            0x8664 if self.wide else 0x14C,
            len(self.sections),
            0x5F000000,
            0,
            0,
            fixed + 128,
            self.characteristics,
        )
        table = b"".join(
            struct.pack(
                "<8sIIIIIIHHI",
                b".s%d" % number if section.name is None else section.name,
                section.virtual_size,
                section.address,
                section.size,
                section.offset,
                *(0, 0, 0, 0),
                section.flags,
            )
            for number, section in enumerate(self.sections)
        )
        head = b"MZ" + bytes(58) + struct.pack("<I", 64) + file_header + self._optional() + table
        data = bytearray(head.ljust(self.headers, b"\0"))
        for section in self.sections:
            end = section.offset + section.size
            data.extend(b"\xcc" * (end - len(data)))
            data[section.offset : section.offset + len(section.content)] = section.content
        return bytes(data)

    def _optional(self) -> bytes:
        sizes = (0x200, 0x200, 0, self.entry, PAGE)
        if self.wide:
            base = struct.pack("<HBB5IQ", 0x20B, 2, 40, *sizes, 0x140000000)
            reserves = struct.pack("<4Q", 0x200000, PAGE, 0x100000, PAGE)
        else:
            base = struct.pack("<HBB7I", 0x10B, 2, 40, *sizes, 2 * PAGE, 0x400000)
            reserves = struct.pack("<4I", 0x200000, PAGE, 0x100000, PAGE)
        rest = struct.pack("<2I6H4I2H", self.section_alignment, self.file_alignment, 4, 0, 0, 0, 4,
                           0, 0, 0x8000, self.headers, 0, self.subsystem, 0)  # fmt: skip
        directories = bytearray(128)
        for index, values in self.directories.items():
            struct.pack_into("<II", directories, 8 * index, *values)
        return base + rest + reserves + struct.pack("<II", 0, 16) + directories


def imports(
    libraries: list[tuple[bytes, list[bytes | int]]], *, wide: bool = False, address: int = 2 * PAGE
) -> bytes:
    """The content of a section at `address` that begins with an import table."""
    width = 8 if wide else 4
    blob = bytearray(20 * (len(libraries) + 1))
    for index, (library, functions) in enumerate(libraries):
        name = address + len(blob)
        blob += library + b"\0"
        thunks = []
        for function in functions:
            if isinstance(function, int):
                thunks.append(function | 1 << (width * 8 - 1))
            else:
                thunks.append(address + len(blob))
                blob += b"\0\0" + function + b"\0"
        table = address + len(blob)
        blob += b"".join(thunk.to_bytes(width, "little") for thunk in [*thunks, 0])
        struct.pack_into("<5I", blob, 20 * index, table, 0, 0, name, table)
    return bytes(blob) + bytes(256)


def importing(
    libraries: list[tuple[bytes, list[bytes | int]]],
    *,
    wide: bool = False,
    further: tuple[Section, ...] = (),
) -> Pe:
    """A program with this import table, and further sections."""
    content = imports(libraries, wide=wide)
    size = -(-len(content) // 0x200) * 0x200
    data = Section(address=2 * PAGE, virtual_size=size, offset=0x600, size=size, content=content)
    table = (2 * PAGE, 20 * (len(libraries) + 1))
    return Pe(wide=wide, sections=(Section(), data, *further), directories={1: table})


def resource_directory(named: int, numbered: int, *entries: tuple[int, int]) -> bytes:
    """A resource directory that counts so many entries, and has these."""
    head = struct.pack("<IIHHHH", 0, 0, 0, 0, named, numbered)
    return head + b"".join(struct.pack("<II", *entry) for entry in entries)


BRANCH = 1 << 31
VERSION = 16


def version_information(keys: list[str]) -> bytes:
    """Version information with one table of strings."""
    strings = b"".join(_block(key, "v".encode("utf-16-le") + b"\0\0", kind=1) for key in keys)
    info = _block("StringFileInfo", _block("040904b0", strings))
    fixed = struct.pack("<I", 0xFEEF04BD).ljust(52, b"\0")
    return _block("VS_VERSION_INFO", fixed + info, value=len(fixed))


def _block(key: str, content: bytes, *, value: int = 0, kind: int = 0) -> bytes:
    name = key.encode("utf-16-le") + b"\0\0"
    name += bytes(-(6 + len(name)) % 4)
    size = 6 + len(name) + len(content)
    block = struct.pack("<HHH", size & 0xFFFF, value or kind, kind) + name + content
    return block + bytes(-size % 4)


def with_resources(tree: bytes) -> Pe:
    """A program whose second section, at 2 * PAGE, is this resource tree."""
    size = -(-len(tree) // 0x200) * 0x200
    data = Section(address=2 * PAGE, virtual_size=size, offset=0x600, size=size, content=tree)
    return Pe(sections=(Section(), data), directories={2: (2 * PAGE, size)})


def with_versions(versions: list[bytes], *, named: bool = False) -> Pe:
    """A program with version resources, one for each language; their kind may stand for a name."""
    counts = (1, 0) if named else (0, 1)
    leaves = 24 + 24 + 16 + 8 * len(versions)
    tree = resource_directory(*counts, (VERSION, BRANCH | 24))
    tree += resource_directory(0, 1, (1, BRANCH | 48))
    languages = [(number, leaves + 16 * number) for number in range(len(versions))]
    tree += resource_directory(0, len(versions), *languages)
    content = b""
    for version in versions:
        place = 2 * PAGE + leaves + 16 * len(versions) + len(content)
        tree += struct.pack("<4I", place, len(version), 0, 0)
        content += version + bytes(-len(version) % 8)
    return with_resources(tree + content)
