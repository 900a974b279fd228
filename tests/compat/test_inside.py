"""What both programs tell of the inside of a file: JSON metadata, and members while they scan."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compat.archives import tarred, zipped
from compat.pair import BINARY
from executables.portable import Pe

if TYPE_CHECKING:
    from compat.program import Program

TEXT, DATA, PAGE = b"some words of text\n", BINARY + bytes(20), b"<html><body>x</body></html>"
PROGRAM = Pe().build()
KEPT = ("FileName", "FileType", "FileSize", "Offset")
NESTED = ("ContainedObjects", "EmbeddedObjects")

FILES = {
    "text": TEXT,
    "zip": zipped(TEXT, DATA, PAGE),
    "tar": tarred(TEXT, DATA, PAGE),
    "tar.gz": gzip.compress(tarred(TEXT, DATA)),
    "gz": gzip.compress(DATA),
    "bz2": bz2.compress(tarred(TEXT)),
    "xz": lzma.compress(DATA),
    "zip-zip": zipped(TEXT, zipped(TEXT, DATA), gzip.compress(tarred(DATA))),
    "twice": zipped(TEXT, TEXT),
    "page": PAGE,
    "program": PROGRAM,
    "programs": PROGRAM * 3,
    "program-zip": PROGRAM + zipped(DATA),  # of a second member the peer makes another object
    "binary-zip": BINARY * 300 + zipped(TEXT),
    "text-zip": TEXT * 90 + zipped(DATA),
    "binary-program": BINARY * 30 + PROGRAM * 2,
}


def metadata(program: Program, database: Path, file: Path, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    options = ("--gen-json", "--leave-temps", f"--tempdir={folder}")
    program.scan(database, [file], *options)
    (found,) = folder.glob("*/metadata.json")
    read: dict[str, Any] = json.loads(found.read_text())
    return read


def skeleton(told: dict[str, Any]) -> dict[str, Any]:
    kept = {key: told[key] for key in KEPT if key in told}
    if "FileName" in kept:  # of a member of a zip the peer tells the last part
        kept["FileName"] = kept["FileName"].rpartition("/")[2]
    return kept | {key: [skeleton(inner) for inner in told[key]] for key in NESTED if key in told}


@pytest.mark.parametrize("name", FILES)
def test_objects_in_metadata(peer: Program, ours: Program, tmp_path: Path, name: str) -> None:
    database = tmp_path / "x.ndb"
    database.write_text("Never:0:*:6e6576657220746f20626520666f756e64\n")
    file = tmp_path / "file"
    file.write_bytes(FILES[name])
    theirs, mine = (
        skeleton(metadata(program, database, file, tmp_path / program.label))
        for program in (peer, ours)
    )
    assert mine == theirs


@pytest.mark.parametrize("name", ["zip", "tar", "tar.gz", "gz", "program-zip", "text"])
def test_members_are_told_while_they_are_scanned(
    peer: Program, ours: Program, tmp_path: Path, name: str
) -> None:
    database = tmp_path / "x.ndb"
    database.write_text("Never:0:*:6e6576657220746f20626520666f756e64\n")
    file = tmp_path / "file"
    file.write_bytes(FILES[name])
    theirs, mine = (_lines(program, database, file) for program in (peer, ours))
    # The peer tells of members of a zip twice, and takes one for the container of the next.
    told = [line.rpartition("!")[2] for line in theirs]
    assert [line.rpartition("!")[2] for line in mine] == [
        line for number, line in enumerate(told) if line not in told[max(0, number - 1) : number]
    ]


def _lines(program: Program, database: Path, file: Path) -> list[str]:
    words = [*program.argv, "-a", "-v", "--no-summary", "-d", str(database), str(file)]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0
    return [line for line in run.stdout.splitlines() if line.startswith("Scanning ")]


SAMPLES = Path(__file__).parents[2] / "samples/executable/pe"
HEADERS = ("32-bit", "64-bit", "cut", "upx-nrv2b", "installshield", "mew-lzma")


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_programs_in_metadata(
    peer: Program, ours: Program, tmp_path: Path, name: str
) -> None:
    database = tmp_path / "x.ndb"
    database.write_text("Never:0:*:6e6576657220746f20626520666f756e64\n")
    theirs, mine = (
        metadata(program, database, SAMPLES / f"{name}.in", tmp_path / program.label)
        for program in (peer, ours)
    )
    assert mine["PE"] == theirs["PE"]
    for key in ("Imphash", "ImportTable"):  # of 64-bit programs the peer has none
        assert name == "64-bit" or mine.get(key) == theirs.get(key)
