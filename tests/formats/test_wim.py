"""Windows images of wimlib, and what their tables may say."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from nacre.filetype import own_type
from nacre.formats.archive.wim import WimHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError, LimitExceeded
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/archive/wim"
BLOB = 50
NEEDS_WIMLIB = pytest.mark.skipif(not shutil.which("wimcapture"), reason="wimlib makes the image")


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(WimHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 24) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@NEEDS_WIMLIB
@pytest.mark.parametrize(
    "options",
    [
        ["--compress=none"],
        ["--compress=xpress"],
        ["--compress=lzx"],
        ["--compress=lzx", "--chunk-size=2M"],
        ["--compress=lzms"],
        ["--solid"],
        ["--solid", "--solid-chunk-size=128K"],
        ["--solid", "--solid-compress=lzx"],
        ["--solid", "--solid-compress=xpress"],
        ["--pipable", "--compress=none"],
        ["--pipable", "--compress=xpress"],
        ["--pipable", "--compress=lzx"],
    ],
)
def test_an_image_of_wimlib(tmp_path: Path, options: list[str]) -> None:
    """With a program of this machine, which has calls and addresses for the filters."""
    program = Path(shutil.which("bash") or sys.executable).read_bytes()[: 3 << 19]
    files = {b"program": program, b"few/bytes": b"few", "few/größer".encode(): b"more" * 9000}
    files[b"numbers"] = b"".join(struct.pack("<I", number * 77) for number in range(30_000))
    (tmp_path / "in/few").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "in" / name.decode()).write_bytes(content)
    image = tmp_path / "image.wim"
    command: list[str | Path] = ["wimcapture", tmp_path / "in", image, "--no-acls", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = events(image.read_bytes())
    assert not problems(found)
    assert contents(found) == files


def test_a_pipable_image_without_its_end_is_opened_as_far_as_it_goes() -> None:
    data = (SAMPLES / "pipable.in").read_bytes()
    whole = contents(events(data))
    found = events(data[:-1])
    assert problems(found)[0] == "the end with the table of blobs is missing"
    assert whole.items() <= contents(found).items()
    at = 208 + 40  # behind the first head, a size that leads nowhere
    lying = data[: at - 32] + b"\xff" * 7 + b"\x7f" + data[at - 24 : -208]
    assert contents(events(lying)) == {}


def test_what_the_table_of_a_pipable_image_leaves_out_is_opened() -> None:
    data = bytearray((SAMPLES / "pipable.in").read_bytes())
    whole = contents(events(bytes(data)))
    table = len(data) - 208 + 48
    data[table : table + 24] = bytes(24)
    found = contents(events(bytes(data)))
    assert set(whole.values()) <= set(found.values())


@NEEDS_WIMLIB
def test_blobs_of_another_part_are_told_of(tmp_path: Path) -> None:
    image = SAMPLES / "stored.in"
    command: list[str | Path] = ["wimsplit", image, tmp_path / "part.swm", "0.02"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = sorted(tmp_path.glob("*.swm"))
    assert len(parts) > 1
    found = [events(part.read_bytes()) for part in parts]
    everything = {content for part in found for content in contents(part).values()}
    assert everything == set(contents(events(image.read_bytes())).values())
    for number, part in enumerate(found, 1):
        told = f"part {number} of {len(parts)} of an image, the others elsewhere"
        assert told in {event.reason for event in part if isinstance(event, Problem)}


def test_by_their_first_bytes() -> None:
    for sample in SAMPLES.glob("*.in"):
        assert own_type(Fmap.from_bytes(sample.read_bytes())) is FileType.WIM


def table_of(data: bytearray) -> int:
    return int(struct.unpack_from("<Q", data, 48 + 8)[0])


def test_no_image() -> None:
    for nothing in (b"", b"MSWIM\0\0\0", bytes(300)):
        with pytest.raises(FormatError):
            events(nothing)
    data = bytearray((SAMPLES / "stored.in").read_bytes())
    struct.pack_into("<Q", data, 64, 1 << 40)
    with pytest.raises(Corrupt, match="a table of"):
        events(bytes(data))


def test_sizes_that_cannot_be() -> None:
    data = bytearray((SAMPLES / "lzx.in").read_bytes())
    data[20:24] = struct.pack("<I", 5000)  # of chunks
    assert "folder/long.bin: chunks of 5000 bytes" not in problems(events(bytes(data)))
    assert "chunks of 5000 bytes" in " ".join(problems(events(bytes(data))))
    data = bytearray((SAMPLES / "lzx.in").read_bytes())
    struct.pack_into("<Q", data, table_of(data) + 8, 1 << 50)  # where the first blob is
    assert "bytes wanted at" in problems(events(bytes(data)))[0]


def test_solid_chunks_are_not_decoded_again_and_again() -> None:
    """Twice as many small blobs as fit, each in a resource of its own over the same bytes."""
    data = bytearray((SAMPLES / "solid.in").read_bytes())
    at, size = table_of(data), struct.unpack_from("<Q", data, 48)[0] & (1 << 56) - 1
    table = bytes(data[at : at + size])
    entries = [table[place : place + BLOB] for place in range(0, len(table), BLOB)]
    solid = next(entry for entry in entries if entry[16:24] == struct.pack("<Q", 1 << 32))
    stored = struct.pack("<QQQHI20s", 1, 0, 1, 1, 1, bytes(20))
    one = struct.pack("<QQQHI20s", 1 | 0x10 << 56, 9, 0, 1, 1, bytes(20))
    table = (solid + one + stored) * 100
    struct.pack_into("<QQQ", data, 48, len(table), len(data), len(table))
    with pytest.raises(LimitExceeded, match="MaxScanSize"):
        events(bytes(data + table), Limits(max_scan_size=1 << 20))


@pytest.mark.parametrize("kind", ["stored", "xpress", "lzx", "lzms", "solid"])
def test_a_file_over_the_limit_is_told_of_and_left(kind: str) -> None:
    found = events((SAMPLES / f"{kind}.in").read_bytes(), Limits(max_file_size=10_000))
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"] * 2
    assert len(contents(found)) == 3
