"""The same facts as pefile and LIEF have, where those are installed (`pip install pefile lief`).

NACRE_PROGRAMS names further folders, separated by colons, whose programs are compared as well.
"""

from __future__ import annotations

import hashlib
import os
import sys
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[2] / "samples" / "executable"
MORE = [Path(folder) for folder in os.environ.get("NACRE_PROGRAMS", "").split(":") if folder]
FEW = 60
"""Files of one kind that are compared unless folders are named."""
TYPES = {
    b"MZ": FileType.MSEXE,
    b"\x7fE": FileType.ELF,
    b"\xcf\xfa": FileType.MACHO,
    b"\xce\xfa": FileType.MACHO,
}


def files(file_type: FileType) -> Iterator[Path]:
    folders = [SAMPLES, *MORE] if MORE else [SAMPLES, Path(sys.base_prefix)]
    found = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    kind = (path for path in found if begins(path, file_type))
    return kind if MORE else islice(kind, FEW)


def begins(path: Path, file_type: FileType) -> bool:
    with path.open("rb") as file:
        return TYPES.get(file.read(2)) is file_type


def variants(data: bytes, random: Random) -> Iterator[bytes]:
    """The file itself, a cut copy, and copies with a byte of the headers changed."""
    yield data
    yield data[: random.randrange(0x200, max(len(data), 0x201))]
    for _ in range(2):
        copy = bytearray(data)
        copy[random.randrange(64, min(len(copy), 0x400))] = random.randrange(256)
        yield bytes(copy)


def read(data: bytes, file_type: FileType) -> Program:
    return Program(Fmap.from_bytes(data), file_type)


def test_pe_as_pefile_has_it() -> None:
    pefile = pytest.importorskip("pefile", reason="pefile is not installed")
    random = Random(1)  # noqa: S311 - repeatable
    compared = 0
    for path in files(FileType.MSEXE):
        for data in variants(path.read_bytes(), random):
            try:
                other = pefile.PE(data=data)
            except pefile.PEFormatError:
                continue
            program = read(data, FileType.MSEXE)
            if program.fault is None:
                compare_pe(path, program, other)
                compared += 1
    assert compared > 1


def compare_pe(path: Path, program: Program, other: Any) -> None:
    assert program.machine == other.FILE_HEADER.Machine, path
    assert program.library == bool(other.FILE_HEADER.Characteristics & 0x2000), path
    stated = [section.stated for section in program.sections]
    theirs = [
        (one.VirtualAddress, one.Misc_VirtualSize, one.PointerToRawData, one.SizeOfRawData)
        for one in other.sections
    ]
    mine = [(one.address, one.virtual_size, one.offset, one.size) for one in stated]
    # pefile sorts them, and stops at a section that it takes for nonsense.
    assert set(theirs) <= set(mine), path
    exports = {name.name for name in getattr(other, "DIRECTORY_ENTRY_EXPORT", Nothing).symbols}
    if not other.get_warnings():
        assert exports - {None} == set(program.exports()), path
        compare_resources(path, program, other)
        compare_imports(path, program, other)


class Nothing:
    symbols = ()
    entries = ()


def compare_resources(path: Path, program: Program, other: Any) -> None:
    kinds = getattr(other, "DIRECTORY_ENTRY_RESOURCE", Nothing).entries
    places = [
        (other.get_offset_from_rva(leaf.data.struct.OffsetToData), leaf.data.struct.Size)
        for kind in kinds
        if kind.id == 3
        for name in kind.directory.entries
        for leaf in name.directory.entries
    ]
    assert [(icon.offset, icon.size) for icon in program.icons()] == places, path


def compare_imports(path: Path, program: Program, other: Any) -> None:
    libraries = [one.dll.lower() for one in getattr(other, "DIRECTORY_ENTRY_IMPORT", ())]
    text = program.import_text()
    # Numbers of these libraries have other names there; some suffixes are cut, or not, otherwise.
    named = {b"oleaut32.dll", b"ws2_32.dll", b"wsock32.dll"}.isdisjoint(libraries)
    plain = all(one.endswith(b".dll") and one.count(b".") == 1 for one in libraries)
    if text and named and plain:
        digest = hashlib.md5(text).hexdigest()  # noqa: S324 - what an import hash is
        assert digest == other.get_imphash(), path


@pytest.mark.parametrize("file_type", [FileType.ELF, FileType.MACHO])
def test_elf_and_macho_as_lief_has_them(file_type: FileType) -> None:
    lief = pytest.importorskip("lief", reason="lief is not installed")
    lief.logging.disable()
    compared = 0
    for path in files(file_type):
        data = path.read_bytes()
        program = read(data, file_type)
        if program.fault is not None:
            continue
        if file_type is FileType.ELF:
            sections = lief.ELF.parse(list(data)).sections
            theirs = [(one.name.encode(), one.file_offset, one.size) for one in sections]
        else:
            sections = lief.MachO.parse(list(data)).at(0).sections
            theirs = [(one.name.encode(), one.offset, one.size) for one in sections]
        mine = [(one.name, one.stated.offset, one.stated.size) for one in program.sections]
        assert sorted(mine) == sorted(theirs), path
        compared += 1
    assert compared > 0
