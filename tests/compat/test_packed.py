"""Debian's packed test programs: what is rebuilt from them, and what alerts in it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compat.program import QUIET
from compat.test_inside import metadata
from executables import packing
from executables.test_packers import BUILT
from nacre.executables import Program
from nacre.formats.packed import PACKERS
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from compat.pair import Pair

SAMPLES = Path(__file__).parents[2] / "samples/executable/pe"
FOLDER = Path("/usr/share/clamav-testfiles")
PACKED = ("upx", "mew", "petite", "pespin", "yc", "wwpack", "aspack", "upack")
PAYLOAD = "71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495:544:Payload:73"
LZMA_PACKED = ("MEW, LZMA", "MEW, calls", "NsPack", "NsPack, jump")
OTHER_ENTRY = frozenset({"yc", "upack"})
"""The peer loses the entry point of these."""
_SIGNATURE = 0xD0
_TIME, _ENTRY, _TABLE = _SIGNATURE + 8, _SIGNATURE + 40, _SIGNATURE + 248


def program(name: str) -> bytes:
    path = FOLDER / f"clam-{name}.exe"
    if not path.exists():
        pytest.skip("clamav-testfiles are not installed")
    return path.read_bytes()


def packed(name: str) -> bytes:
    if name in BUILT:
        return BUILT[name][1]
    return (SAMPLES / f"{name}.in").read_bytes() if "-" in name else program(name)


def comparable(file: bytes, name: str) -> bytes:
    """`file` without what is ours: message, time stamp, names of sections."""
    data = bytearray(file)
    if name in OTHER_ENTRY:
        at = int.from_bytes(data[60:64], "little") + 40
        data[at : at + 4] = bytes(4)
    if int.from_bytes(data[60:64], "little") == _SIGNATURE:
        data[64:_SIGNATURE] = bytes(_SIGNATURE - 64)
        data[_TIME : _TIME + 4] = bytes(4)
        for number in range(data[_SIGNATURE + 6]):
            data[_TABLE + 40 * number : _TABLE + 40 * number + 8] = bytes(8)
    return bytes(data)


def theirs(pair: Pair, file: Path, folder: Path) -> bytes:
    """The program that the peer rebuilds first, from its temporary files."""
    folder.mkdir()
    database = folder.parent / "none.hdb"
    database.write_text(f"{'0' * 32}:1:None\n")
    argv = [*pair.peer.argv, *QUIET, "--leave-temps", f"--tempdir={folder}", "-d", str(database)]
    subprocess.run([*argv, str(file)], capture_output=True, check=False)
    made = [path for path in folder.rglob("clamav-*.tmp") if path.is_file()]
    return min(made, key=lambda path: len(path.parts)).read_bytes()


@pytest.mark.parametrize(
    "name",
    [*PACKED, "upx-nrv2b", "upx-nrv2d", "upx-nrv2e", "FSG 2.0", "FSG 1.33", *LZMA_PACKED],
)
def test_the_same_program_is_rebuilt(pair: Pair, tmp_path: Path, name: str) -> None:
    data = packed(name)
    file = tmp_path / "packed.exe"
    file.write_bytes(data)
    unpacked = Program(Fmap.from_bytes(data), FileType.MSEXE).unpack(PACKERS.values(), 1 << 20)
    assert unpacked is not None
    assert unpacked.file is not None
    ours = unpacked.file.read(0, len(unpacked.file))
    assert comparable(ours, name) == comparable(theirs(pair, file, tmp_path / "left"), name)


def test_what_is_packed_alerts(pair: Pair) -> None:
    """The payload by its hash, and what only the unpacked program has by its text."""
    text = b"This is a ClamAV test file with the".hex()
    lines = [("a.hsb", PAYLOAD), ("b.ndb", f"Text:1:*:{text}")]
    names = pair.agree(lines, {f"{name}.exe": program(name) for name in PACKED}, "--allmatch")
    assert all(len(found) == 2 for found in names.values()), names


@pytest.mark.parametrize("switch", [0x20, 0x100, 0x200, 0x400, 0x800, 0x2000, 0x4000, 0x8000])
def test_a_database_switches_packers_off(pair: Pair, switch: int) -> None:
    """`.cfg` files name the unpackers one by one."""
    lines = [("a.hsb", PAYLOAD), ("daily.cfg", f"PE:0x{0xFFFFF & ~switch:x}")]
    names = pair.agree(lines, {f"{name}.exe": program(name) for name in PACKED})
    assert len({bool(found) for found in names.values()}) == 2


def test_hand_made_loaders_are_known_to_the_peer(pair: Pair) -> None:
    """FSG, of which there are no samples, as far as the peer's idea of it goes."""
    content = packing.Content({0: b"some text of the program " * 9})
    text = b"text of the program some text".hex()
    files = {"2.exe": packing.fsg_2(content), "133.exe": BUILT["FSG 1.33"][1]}
    names = pair.agree([("a.ndb", f"Text:1:S0+5:{text}")], files)
    assert names["2.exe"]


def packers(told: dict[str, Any]) -> list[str | None]:
    """What an object and those in it are packed with."""
    inner = [name for child in told.get("ContainedObjects", ()) for name in packers(child)]
    return [told.get("PE", {}).get("Packer"), *inner]


def test_metadata_names_the_packers(pair: Pair, tmp_path: Path) -> None:
    """One in the other: yoda's Crypter around UPX."""
    database = tmp_path / "none.hdb"
    database.write_text(f"{'0' * 32}:1:None\n")
    file = tmp_path / "packed.exe"
    file.write_bytes(program("yc"))
    theirs, ours = (
        packers(metadata(one, database, file, tmp_path / one.label))
        for one in (pair.peer, pair.ours)
    )
    assert ours == theirs == ["yC", "UPX", None]
