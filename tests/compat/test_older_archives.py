"""CAB, CHM, SZDD, ARJ, LHA: what is inside is found, and what is said of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.pair import BINARY, Pair, only
from formats.cabinets import FRAME, Folder, Lzx, cabinet, lzx_blocks, method, packed
from formats.help_files import help_file

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[2] / "samples"
TESTFILES = Path("/usr/share/clamav-testfiles")
FIRST, SECOND = b"first-to-be-found", b"second-to-be-found"
LARGE = BINARY + FIRST + b"".join(b"%d " % (number % 97) for number in range(20_000))[:50_000]
SMALL = BINARY + SECOND + bytes(300)
LINES = [
    ("a.ndb", f"First.Body-1:0:*:{FIRST.hex()}"),
    ("a.ndb", f"Second.Body-1:0:*:{SECOND.hex()}"),
]
NAMES = [(b"folder\\large", len(LARGE)), (b"small", len(SMALL)), (b"empty", 0)]
BOTH = only("First.Body-1", "Second.Body-1")


def cabinets() -> dict[str, bytes]:
    whole = LARGE + SMALL
    made = {
        f"{name}.cab": cabinet([packed(name, whole, NAMES)])
        for name in ("stored", "mszip", "lzx", "quantum")
    }
    calls = Folder(method("lzx", 21), lzx_blocks(whole, Lzx(21, calls=FRAME)), NAMES)
    made["calls.cab"] = cabinet([calls])
    return made


def packed_by(folder: Path, *command: str) -> bytes:
    """The archive `made` of both files, by a program that writes it."""
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "folder/large").write_bytes(LARGE)
    (folder / "small").write_bytes(SMALL)
    (folder / "empty").write_bytes(b"")
    result = folder / "made"
    result.unlink(missing_ok=True)
    subprocess.run(
        [*command, "folder/large", "small", "empty"], cwd=folder, check=True, capture_output=True
    )
    made = next(path for path in folder.iterdir() if path.name.startswith("made"))
    data = made.read_bytes()
    made.unlink()
    return data


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("made")
    made = cabinets()
    made["help.chm"] = help_file({b"/#STORED": SMALL}, {b"/folder/large": LARGE, b"/empty": b""})
    for kind in "0124":
        made[f"m{kind}.arj"] = packed_by(folder, "arj", "a", "-y", f"-m{kind}", "made.arj")
    made["garbled.arj"] = packed_by(folder, "arj", "a", "-y", "-gsecret", "made.arj")
    made["gcab.cab"] = packed_by(folder, "gcab", "-cz", "made.cab")
    for kind in ("o5", "o6", "o7", "z", "0", "1", "2"):
        made[f"{kind}.lzh"] = packed_by(folder, "jlha", f"c{kind}", "made.lzh")
    return made


def test_everything_is_found(pair: Pair, archives: dict[str, bytes]) -> None:
    for name, found in pair.agree(LINES, archives, "--allmatch").items():
        assert found == (only() if name == "garbled.arj" else BOTH), name
    pair.agree(LINES, archives, "--allmatch", "--alert-encrypted")
    pair.agree(LINES, archives, "--allmatch", "--scan-archive=no")


def test_behind_a_program(pair: Pair, archives: dict[str, bytes]) -> None:
    program = (TESTFILES / "clam.exe").read_bytes()
    names = ("mszip.cab", "lzx.cab", "m1.arj")
    files = {name: program + bytes(100) + archives[name] for name in names}
    files |= {f"text-{name}": b"words on a line\n" * 9 + archives[name] for name in names}
    assert set(pair.agree(LINES, files, "--allmatch").values()) == {BOTH}


def test_files_over_the_limit(pair: Pair, archives: dict[str, bytes]) -> None:
    """Cut in cabinets and help files, left out in others."""
    limits = ("--max-filesize=40000", "--alert-exceeds-max", "--allmatch")
    names = ("mszip.cab", "lzx.cab", "quantum.cab", "help.chm", "o6.lzh", "m1.arj")
    both = pair.both(LINES, {name: archives[name] for name in names}, *limits)
    for name, (peer, ours) in both.items():
        # The peer leaves an ARJ archive at the first member that is too large.
        assert peer <= ours if name == "m1.arj" else peer == ours, name


def test_cut(pair: Pair, archives: dict[str, bytes]) -> None:
    files = {
        f"{tenth}-{name}": data[: len(data) * tenth // 10]
        for name, data in archives.items()
        for tenth in (3, 6, 9)
    }
    for name, (peer, ours) in pair.both(LINES, files, "--allmatch").items():
        assert peer <= ours, name


def lines_of(names: dict[str, int]) -> Iterator[str]:
    """What is right for some member, and what is not quite."""
    for name, size in names.items():
        for more in (-1, 0, 1):
            yield f"*:*:{name}:*:{max(0, size + more)}:*:*:*:*"
        yield from (f"*:*:{name}:*:*:*:{position}:*:*" for position in range(6))
        yield from (f"*:*:{name}:*:*:{encrypted}:*:*:*" for encrypted in (0, 1))
        yield f"*:*:{name}:0:*:*:*:*:*"
        yield f"*:*:{name}:1-0:*:*:*:*:*"
        yield f"*:*:^{name}$:*:*:*:*:*:*"
    for kind in ("MSCAB", "MSCHM", "ARJ", "LHA_LZH", "CABSFX", "ANY"):
        yield f"CL_TYPE_{kind}:*:*:*:*:*:*:*:*"
    yield r"*:*:folder\\large:*:*:*:*:*:*"
    yield "*:*:folder/large:*:*:*:*:*:*"


def test_members(pair: Pair, archives: dict[str, bytes]) -> None:
    names = {"large": len(LARGE), "small": len(SMALL), "empty": 0, "STORED": len(SMALL)}
    lines = [("a.cdb", f"N-{number}:{line}") for number, line in enumerate(lines_of(names))]
    found = pair.agree(lines, archives, "--allmatch")
    assert all(len(names) > 5 for names in found.values())


def test_files_of_the_peer(pair: Pair) -> None:
    """Debian's clamav-testfiles: the same program in everything."""
    program = (TESTFILES / "clam.exe").read_bytes()
    line = ("a.ndb", f"Clam.Exe-1:0:*:{program[-300:-200].hex()}")
    names = ("clam.cab", "clam.chm", "clam.exe.szdd", "clam.arj")
    files = {name: (TESTFILES / name).read_bytes() for name in names}
    assert set(pair.agree([line], files).values()) == {only("Clam.Exe-1")}


def test_samples(pair: Pair) -> None:
    """One text of the samples is in many of them; the peer finds none that nacre does not."""
    text = b"one.txt, line 7 of a short text"
    files = {
        f"{kind}-{sample.name}": sample.read_bytes()
        for kind in ("archive/cab", "archive/chm", "archive/arj", "archive/lha", "compression/szdd")
        for sample in sorted((SAMPLES / kind).glob("*.in"))
        for kind in (kind.replace("/", "-"),)
    }
    line = ("a.ndb", f"Text-1:0:*:{text.hex()}")
    for name, (peer, ours) in pair.both([line], files).items():
        assert peer <= ours, name
