"""Programs made to cost much: answers all the same, in little time and memory."""

from __future__ import annotations

import resource
import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from executables.portable import PAGE, Pe, Section, importing
from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 20
MEMORY = 200 << 10
"""Kilobytes that a test may add to the most the process ever had."""


@pytest.fixture(autouse=True)
def _little() -> Iterator[None]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert time.process_time() - start < SECONDS


def everything(data: Fmap) -> Program:
    program = Program(data, FileType.MSEXE)
    program.import_text()
    program.exports()
    program.version_keys()
    program.icons()
    program.icon_groups()
    return program


def test_as_many_sections_as_there_can_be() -> None:
    one = Section()
    whole = Pe(sections=(one,), headers=0x400).build()
    at = 64 + 24 + 224
    table = whole[at : at + 40] * 65_535
    data = bytearray(whole[:at] + table + whole[at + 40 :])
    data[64 + 6 : 64 + 8] = b"\xff\xff"
    assert len(everything(Fmap.from_bytes(bytes(data))).sections) == 65_535


def test_a_gigabyte_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sparse.exe"
    size = 1 << 30
    section = Section(size=size - 0x600, virtual_size=size - 0x600, offset=0x600, address=2 * PAGE)
    head = Pe(sections=(Section(), replace(section, size=0))).build()
    with path.open("w+b") as file:
        file.write(head)
        file.truncate(size)
        program = everything(Fmap.from_fd(file.fileno(), size))
    assert program.overlay == 0x600


def resources(content: bytes) -> Fmap:
    size = -(-len(content) // 0x200) * 0x200
    data = Section(address=2 * PAGE, virtual_size=size, offset=0x600, size=size, content=content)
    return Fmap.from_bytes(
        Pe(sections=(Section(), data), directories={2: (2 * PAGE, size)}).build()
    )


def test_resources_in_a_circle() -> None:
    # Every entry of the one directory leads back to it, under the type of icons and of versions.
    entries = b"".join(struct.pack("<II", kind, 1 << 31) for kind in (3, 14, 16) * 20_000)
    head = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 60_000)
    assert everything(resources(head + entries)).fault is None


def test_more_imports_than_memory() -> None:
    library = b"KERNEL32.dll"
    names: list[bytes | int] = [b"A" * 200]
    made = importing([(library, names)] * 40)
    data = bytearray(made.build())
    # All tables of functions run on through the whole file, which says number 7 everywhere behind.
    data += struct.pack("<I", 0x80000007) * 400_000
    section = 64 + 24 + 224 + 40
    size = len(data) - 0x600
    struct.pack_into("<II", data, section + 8, size, 2 * PAGE)
    struct.pack_into("<I", data, section + 16, size)
    for index in range(40):
        struct.pack_into("<I", data, 0x600 + 20 * index, 2 * PAGE + 0x8000)
        struct.pack_into("<I", data, 0x600 + 20 * index + 16, 2 * PAGE + 0x8000)
    everything(Fmap.from_bytes(bytes(data)))


def test_a_table_of_imports_of_four_gigabytes() -> None:
    program = replace(importing([(b"A.dll", [1])]), directories={1: (2 * PAGE, 0xFFFFFFFF)})
    assert everything(Fmap.from_bytes(program.build())).import_text() is None
