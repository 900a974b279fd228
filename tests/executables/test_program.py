from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executables.portable import (
    DEFAULT,
    PAGE,
    Pe,
    Section,
    importing,
    version_information,
    with_versions,
)
from nacre.executables import FORMATS, Place, Program
from nacre.model.errors import Unsupported
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap


def parse(data: bytes, file_type: FileType = FileType.MSEXE) -> Program:
    return Program(Fmap.from_bytes(data), file_type)


def places(program: Program) -> list[tuple[int, int]]:
    return [(section.place.offset, section.place.size) for section in program.sections]


@pytest.mark.parametrize("wide", [False, True])
def test_a_whole_program(wide: bool) -> None:  # noqa: FBT001 - a parameter of the test
    program = parse(Pe(wide=wide).build())
    assert (program.fault, program.broken) == (None, None)
    assert program.bits == (64 if wide else 32)
    assert program.machine == (0x8664 if wide else 0x14C)
    assert not program.library
    assert program.entry_point == 0x410
    assert places(program) == [(0x400, 0x200), (0x600, 0x200)]
    assert program.sections[1].name == b".s1"
    assert program.sections[1].place.virtual_size == PAGE
    assert program.sections[1].stated == Place(0x2000, 0x200, 0x600, 0x200)


def section_table(*changed: Section) -> bytes:
    return Pe(sections=(*DEFAULT, *changed)).build()


LAST = Section(address=3 * PAGE, offset=0x800)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (section_table(replace(LAST, offset=0x810)), (0x800, 0x200)),
        (section_table(replace(LAST, size=0x201)), (0x800, 0x201)),
        (section_table(replace(LAST, size=0x400))[:0xA00], (0x800, 0x200)),
        (section_table(replace(LAST, size=0)), (0x800, 0)),
        (section_table(replace(LAST, offset=0x8000))[:0xA00], (0x8000, 0)),
        (section_table(LAST)[:0x800], (0x800, 0)),
    ],
    ids=["rounded", "cut", "over the end", "empty", "beyond", "at the end"],
)
def test_where_a_section_lies(data: bytes, expected: tuple[int, int]) -> None:
    program = parse(data)
    assert program.fault is None
    assert places(program)[2:] == [expected]


@pytest.mark.parametrize(
    "data",
    [
        Pe(section_alignment=0x1001).build(),
        Pe(file_alignment=0x100).build(),
        section_table(replace(LAST, address=4 * PAGE)),
        section_table(replace(LAST, address=3 * PAGE + 1)),
    ],
    ids=["section alignment", "file alignment", "gap", "inside a page"],
)
def test_broken_but_usable(data: bytes) -> None:
    program = parse(data)
    assert program.broken
    assert program.fault is None


@pytest.mark.parametrize(
    "data",
    [
        Pe(entry=0x1FFF).build(),
        Pe(sections=()).build(),
        Pe().build()[: 64 + 24 + 224 + 79],
        b"MZ" + bytes(20),
    ],
    ids=["entry point", "no sections", "cut", "no header"],
)
def test_broken_and_of_no_use(data: bytes) -> None:
    program = parse(data)
    assert program.broken
    assert program.fault


def test_something_else_is_not_broken() -> None:
    program = parse(b"MZ" + bytes(58) + b"\x40\0\0\0" + b"NE".ljust(300, b"\0"))
    assert program.fault
    assert program.broken is None


@pytest.mark.parametrize("wide", [False, True])
def test_import_text(wide: bool) -> None:  # noqa: FBT001 - a parameter of the test
    libraries: list[tuple[bytes, list[bytes | int]]] = [
        (b"KERNEL32.dll", [b"Sleep", b"ExitProcess"]),
        (b"ws2_32.dll", [1, 115]),
        (b"e.x.dll", [7]),
    ]
    text = parse(importing(libraries, wide=wide).build()).import_text()
    assert text == (
        b"kernel32.sleep,kernel32.exitprocess,ws2_32.accept,ws2_32.wsastartup,e.x.dll.ord7"
    )


def test_no_import_text() -> None:
    assert parse(Pe().build()).import_text() is None
    assert parse(importing([(b"A.dll", [b"a-b"])]).build()).import_text() is None


def test_a_program_of_this_machine() -> None:
    path = Path(sys.executable).resolve()
    if not path.read_bytes().startswith(b"\x7fELF\x02"):
        pytest.skip("the interpreter is no 64-bit ELF file")
    program = parse(path.read_bytes(), FileType.ELF)
    assert (program.fault, program.bits) == (None, 64)
    assert program.entry_point
    assert b".text" in {section.name for section in program.sections}


@given(data=st.binary(max_size=600), file_type=st.sampled_from(list(FORMATS)))
@settings(deadline=None)
def test_any_bytes(data: bytes, file_type: FileType) -> None:
    everything(parse(data, file_type))


WHOLE = importing([(b"KERNEL32.dll", [b"Sleep", 3]), (b"b.ocx", [b"X"])]).build()


@given(
    cut=st.integers(0, len(WHOLE)),
    changes=st.lists(
        st.tuples(st.integers(60, 0x800), st.binary(min_size=1, max_size=4)), max_size=6
    ),
)
@settings(deadline=None, max_examples=300)
def test_damaged(cut: int, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(WHOLE)
    for at, change in changes:
        data[at : at + len(change)] = change
    everything(parse(bytes(data[:cut])))


def everything(program: Program) -> None:
    """Ask for all there is; whatever the bytes, it is an answer."""
    assert program.entry_point is None or program.entry_point >= 0
    program.import_text()
    program.version_keys()
    program.icons()
    program.icon_groups()
    program.exports()
    assert len(program.slices) <= 64


def test_what_lies_behind_the_sections() -> None:
    data = Pe().build()
    assert parse(data).overlay is None
    assert parse(data + b"more").overlay == len(data)


def test_exports() -> None:
    names = [b"First", b"Second"]
    content = bytearray(40 + 4 * len(names))
    content[24:28] = len(names).to_bytes(4, "little")
    content[32:36] = (2 * PAGE + 40).to_bytes(4, "little")
    for index, name in enumerate(names):
        place = 40 + 4 * index
        content[place : place + 4] = (2 * PAGE + len(content)).to_bytes(4, "little")
        content += name + b"\0"
    data = Section(address=2 * PAGE, offset=0x600, content=bytes(content))
    assert parse(
        Pe(sections=(Section(), data), directories={0: (2 * PAGE, 40)}).build()
    ).exports() == (
        b"First",
        b"Second",
    )
    assert parse(Pe().build()).exports() == ()


def keys(data: bytes) -> list[bytes]:
    """The keys of the version information, up to their NUL."""
    places = parse(data).version_keys()
    return [data[at : at + 20].split(b"\0\0\0")[0] + b"\0" for at in places]


def wide(*words: str) -> list[bytes]:
    return [word.encode("utf-16-le") for word in words]


def test_version_keys() -> None:
    versions = [version_information([f"{number}A", f"{number}B"]) for number in range(3)]
    expected = wide("0A", "0B", "1A", "1B", "2A", "2B")
    assert keys(with_versions(versions).build()) == expected
    # A kind that stands among those with a name is none, whatever the number of the name's place.
    assert keys(with_versions(versions, named=True).build()) == []


def test_as_many_version_keys_as_there_are() -> None:
    version = version_information([f"K{number:04}" for number in range(2_000)])
    assert len(parse(with_versions([version] * 20).build()).version_keys()) == 16 * 2_000


def test_more_imports_than_are_looked_at() -> None:
    names: list[bytes | int] = [b"a" * 250] * 200
    program = parse(importing([(b"b" * 200 + b".dll", names)] * 60).build())
    with pytest.raises(Unsupported, match="more imports"):
        program.import_text()


def test_what_is_signed() -> None:
    data = Pe(directories={4: (0x800, 16)}).build() + bytes(16)
    signed = parse(data).signed
    assert signed is not None
    assert (signed.table, signed.table_size) == (0x800, 16)
    assert signed.parts == ((0, 152), (156, 60), (224, 0x800 - 224), (0x810, 0))
    assert parse(b"MZ").signed is None


def test_a_section_too_far_away() -> None:
    far = Section(address=0xFF003000, offset=0x2000)
    data = Pe(sections=(*DEFAULT, far)).build()
    for program, parts in ((parse(data), False), (parse(data[:0x2000]), True)):
        assert program.fault == "a section is too far away"
        assert program.parts is parts
        assert program.entry_point is None
    assert parse(Pe().build()).parts
    assert not parse(Pe(entry=0x1FFF).build()).parts
