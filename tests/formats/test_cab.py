"""Cabinets of every method, and what they may say that is not so."""

from __future__ import annotations

import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from formats.cabinets import (
    FRAME,
    Folder,
    Lzx,
    cabinet,
    lzx_blocks,
    method,
    mszip,
    packed,
    quantum,
    stored,
)
from nacre.formats.archive.cab import CabHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

CALLS = b"".join(b"\xe8" + struct.pack("<i", 1000 - number) + b"code" for number in range(3000))
LINES = b"".join(
    b"line %d of a text in a cabinet\n" % (number * 31 % 997) for number in range(1800)
)
CONTENT = CALLS + LINES
FILES = [(b"calls", len(CALLS)), (b"lines", len(LINES))]
LZX = {
    "verbatim": Lzx(15, ("verbatim",)),
    "aligned": Lzx(17, ("aligned",)),
    "uncompressed": Lzx(16, ("uncompressed",), block=9_999),
    "all": Lzx(21, ("verbatim", "aligned", "uncompressed"), block=5_001),
    "calls": Lzx(16, calls=len(CONTENT)),
    "some-calls": Lzx(16, ("verbatim",), calls=12_000, block=80_000),
}


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    found: list[Event] = []
    for event in CabHandler().extract(Fmap.from_bytes(data), budget):
        if isinstance(event, Child):
            budget.charge(len(event.data))
        found.append(event)
    return found


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {
        event.name: event.data.read(0, len(event.data))
        for event in found
        if isinstance(event, Child)
    }


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def made(name: str) -> bytes:
    if name in LZX:
        writer = LZX[name]
        blocks = lzx_blocks(
            CONTENT, Lzx(writer.window_bits, writer.kinds, writer.block, 0, writer.calls)
        )
        return cabinet([Folder(method("lzx", writer.window_bits), blocks, FILES)])
    if name.startswith("quantum"):
        bits = int(name.removeprefix("quantum"))
        return cabinet([Folder(method("quantum", bits), quantum(CONTENT, bits), FILES)])
    return cabinet([packed(name, CONTENT, FILES)])


KINDS = ["stored", "mszip", *LZX, "quantum10", "quantum15", "quantum21"]


@pytest.mark.parametrize("name", KINDS)
def test_method(name: str, tmp_path: Path) -> None:
    archive = made(name)
    found = events(archive)
    assert contents(found) == {b"calls": CALLS, b"lines": LINES}
    assert not problems(found)
    if shutil.which("cabextract"):
        (tmp_path / "made.cab").write_bytes(archive)
        subprocess.run(["cabextract", "-qd", tmp_path, tmp_path / "made.cab"], check=True)
        assert (tmp_path / "calls").read_bytes() + (tmp_path / "lines").read_bytes() == CONTENT


@pytest.mark.parametrize("name", KINDS)
def test_cut(name: str) -> None:
    archive = made(name)
    found = events(archive[: len(archive) * 3 // 4])
    got = contents(found)
    assert problems(found)
    assert CALLS.startswith(got[b"calls"][:20_000])
    assert len(got[b"calls"]) > 20_000


def test_a_file_over_the_limit_is_cut() -> None:
    archive = cabinet([packed("mszip", CONTENT, FILES)])
    found = events(archive, Limits(max_file_size=27_000))
    assert contents(found) == {b"calls": CALLS, b"lines": LINES[:27_000]}
    assert problems(found) == ["lines: cut at MaxFileSize, 27000 bytes scanned"]


def test_no_more_is_decoded_than_may_be_scanned() -> None:
    zeros = cabinet([Folder(1, mszip(bytes(4 << 20)), [(b"zeros", 3 << 20), (b"more", 1 << 20)])])
    found = events(zeros, Limits(max_scan_size=1 << 20))
    assert [event for event in found if isinstance(event, Problem)] == [
        Problem("zeros: MaxScanSize exceeded: 1048576 bytes", "MaxScanSize"),
        Problem("zeros and 1 more files: more than MaxScanSize leaves", "MaxScanSize"),
    ]


def test_folders_with_the_same_data() -> None:
    blocks = stored(bytes(FRAME))
    archive = bytearray(cabinet([Folder(0, blocks, [(b"%d" % n, FRAME)]) for n in range(60)]))
    first = archive[36:40]
    for number in range(60):
        archive[36 + 8 * number : 40 + 8 * number] = first
    data = bytes(archive[: int.from_bytes(first, "little") + FRAME + 8])
    with pytest.raises(Corrupt, match="share"):
        events(data)


def test_many_broken_folders_do_not_fill_the_report() -> None:
    found = events(cabinet([Folder(9, [(b"?", 1)], [(b"%d" % n, 1)]) for n in range(300)]))
    assert len(problems(found)) == 101


def test_lengths_of_a_code_that_cannot_be() -> None:
    # A block of LZX whose pretree says that all of twenty symbols have one bit.
    bits = "0" + "001" + f"{1000:024b}" + "0001" * 20
    bits = bits.ljust(-(-len(bits) // 16) * 16, "0")
    words = b"".join(
        int(bits[at : at + 16], 2).to_bytes(2, "little") for at in range(0, len(bits), 16)
    )
    found = events(cabinet([Folder(method("lzx", 15), [(words, 1000)], [(b"none", 1000)])]))
    assert problems(found) == ["none: the compressed data is damaged"]


@pytest.mark.parametrize("bits", [0, 9, 14, 22, 31])
@pytest.mark.parametrize("name", ["lzx", "quantum"])
def test_windows_that_are_not_defined(name: str, bits: int) -> None:
    if name == "quantum" and bits == 14:
        return
    folder = Folder(method(name, bits), [(bytes(100), 100)], [(b"none", 100)])
    assert problems(events(cabinet([folder]))) == ["none: the compressed data is damaged"]


@pytest.mark.parametrize("at", [0, 45, 1 << 30])
def test_a_list_of_files_that_is_elsewhere(at: int) -> None:
    data = bytearray(made("mszip"))
    whole = contents(events(bytes(data)))
    struct.pack_into("<I", data, 16, at)
    assert contents(events(bytes(data))).items() >= whole.items()


def test_a_cabinet_that_lists_no_files() -> None:
    data = bytearray(made("mszip"))
    struct.pack_into("<H", data, 28, 0)
    with pytest.raises(Corrupt, match="no files"):
        events(bytes(data))
