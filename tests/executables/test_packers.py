"""Packed programs are unpacked, whatever became of them, and never into more than was allowed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from executables import lzma_packing, packing
from executables.portable import PAGE
from nacre.executables import Program
from nacre.formats.packed import PACKERS
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.executables import Unpacked

SAMPLES = sorted((Path(__file__).parents[2] / "samples/executable/pe").glob("upx-nrv2?.in"))
TESTFILES = sorted(Path("/usr/share/clamav-testfiles").glob("clam-*.exe"))
MOST = 1 << 20
PIECES = {
    0: b"the first section, the first section, of code " * 9 + bytes(40),
    PAGE: b"the second one\0\0\0" * 30,
    3 * PAGE: b"names of imports \xff" * 5,
}
CALLS = lzma_packing.CALLS
BUILT: dict[str, tuple[str, bytes]] = {
    "FSG 2.0": ("FSG", packing.fsg_2(packing.Content({0: PIECES[0]}))),
    "FSG 1.33": ("FSG", packing.fsg_133(packing.Content(PIECES, PAGE + 16))),
    "FSG 1.31": ("FSG", packing.fsg_131(packing.Content(PIECES, PAGE + 16))),
    "MEW": ("MEW", packing.mew(packing.Content(PIECES, PAGE + 16))),
    "MEW, LZMA": ("MEW", lzma_packing.mew(packing.Content(PIECES, PAGE + 16))),
    "MEW, calls": ("MEW", lzma_packing.mew(packing.Content({0: CALLS}, PAGE + 16), calls=100)),
    "NsPack": ("NsPack", lzma_packing.nspack(PIECES[0], PAGE + 16)),
    "NsPack, jump": (
        "NsPack",
        lzma_packing.nspack(PIECES[0], PAGE + 16, behind_jump=True, zero=False),
    ),
}
IN_ONE = {"MEW, LZMA": PIECES, "MEW, calls": {0: CALLS}, "NsPack": {0: PIECES[0]}}
"""What is where in a program that comes out in one section."""


def unpack(
    data: bytes, most: int = MOST, packers: tuple[str, ...] | None = None
) -> Unpacked | None:
    program = Program(Fmap.from_bytes(data), FileType.MSEXE)
    return program.unpack(PACKERS.values() if packers is None else packers, most)


def rebuilt(data: bytes) -> tuple[str, bytes]:
    unpacked = unpack(data)
    assert unpacked is not None
    assert unpacked.file is not None
    return unpacked.packer, unpacked.file.read(0, len(unpacked.file))


@pytest.mark.parametrize("name", BUILT)
def test_streams_go_where_they_belong(name: str) -> None:
    packer, data = BUILT[name]
    found, file = rebuilt(data)
    assert found == packer
    program = Program(Fmap.from_bytes(file), FileType.MSEXE)
    assert program.fault is None
    contents = {
        section.place.address - PAGE: file[section.place.offset :][: section.place.size]
        for section in program.sections
    }
    if name in IN_ONE:
        assert all(contents[0].find(piece) == at for at, piece in IN_ONE[name].items())
        assert program.entry_point == program.sections[0].place.offset + 16
        return
    assert contents[0].startswith(PIECES[0])
    if name in {"MEW", "FSG 1.33"}:
        assert contents[PAGE].startswith(PIECES[PAGE])
        assert program.entry_point == program.sections[0].place.offset + 16


def test_every_method_of_upx_unpacks_the_same() -> None:
    """One program, packed in three ways, comes out as one file with its text."""
    files = {rebuilt(sample.read_bytes())[1] for sample in SAMPLES}
    assert len(SAMPLES) == 3
    assert len(files) == 1
    assert b"The quick brown fox packs five dozen programs" in files.pop()


def test_only_asked_packers_are_undone() -> None:
    data = SAMPLES[0].read_bytes()
    assert unpack(data, packers=("FSG", "MEW")) is None
    assert unpack(data, packers=()) is None


def test_what_would_be_too_large_is_not_made() -> None:
    unpacked = unpack(SAMPLES[0].read_bytes(), 0x3000)
    assert unpacked is not None
    assert unpacked.file is None
    assert unpacked.size is not None
    assert unpacked.size > 0x3000


def damaged(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return data[: chance.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(min(len(changed), chance.choice((0x400, 1 << 20))))
        changed[at] = chance.choice((0, 0xFF, chance.randrange(256), changed[at] ^ 1))
    return bytes(changed)


@pytest.mark.parametrize(
    "read",
    [
        *(pytest.param(lambda data=data: data, id=name) for name, (_, data) in BUILT.items()),
        *(pytest.param(sample.read_bytes, id=sample.stem) for sample in (*SAMPLES, *TESTFILES)),
    ],
)
def test_damage_is_bounded(read: Callable[[], bytes]) -> None:
    data = read()
    if len(data) > 100_000:
        pytest.skip("an installer")
    chance = random.Random(len(data))  # noqa: S311 - a test's
    for _ in range(300):
        unpacked = unpack(damaged(data, chance))
        assert unpacked is None or unpacked.file is None or len(unpacked.file) <= MOST
