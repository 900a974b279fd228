"""NTFS: whole volumes of the real tools, and what no tool here makes."""

from __future__ import annotations

import hashlib
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from nacre.codecs import lznt1
from nacre.formats.filesystem.ntfs import NtfsHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers import ntfs

SAMPLES = Path(__file__).parents[2] / "samples/filesystem/ntfs"
SMALL = (SAMPLES / "small.in").read_bytes()
RECORD = 1024


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(NtfsHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 24) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def record_of(data: bytes, name: str) -> int:
    """Where the base record of a file is."""
    letters = name.encode("utf-16-le")
    at = data.find(b"FILE0")
    while letters not in data[at : at + RECORD] or data[at + 22] != 1:
        at = data.find(b"FILE0", at + 1)
    return at


def attribute(data: bytes, name: str, kind: int) -> int:
    at = record_of(data, name)
    at += int.from_bytes(data[at + 20 : at + 22], "little")
    while int.from_bytes(data[at : at + 4], "little") != kind:
        at += int.from_bytes(data[at + 4 : at + 8], "little")
    return at


def patched(name: str, kind: int, offset: int, value: bytes) -> bytes:
    """The small volume with other bytes in an attribute of a file."""
    at = attribute(SMALL, name, kind) + offset
    return SMALL[:at] + value + SMALL[at + len(value) :]


@pytest.mark.skipif(not shutil.which("ntfscp"), reason="needs ntfs-3g")
def test_a_volume_of_the_real_tools(tmp_path: Path) -> None:
    """So many streams that one record has not room for them."""
    image, source = tmp_path / "image", tmp_path / "source"
    with image.open("wb") as file:
        file.truncate(4 << 20)
    subprocess.run(["mkntfs", "-F", "-q", image], check=True, capture_output=True)
    expected = {}
    for number in range(30):
        content = random.Random(number).randbytes(number * 997 + 3)  # noqa: S311
        source.write_bytes(content)
        stream = ["-N", f"stream {number}"] if number else []
        command = ["ntfscp", "-q", "-f", *stream, str(image), str(source), "/file.bin"]
        subprocess.run(command, check=True, capture_output=True)
        name = b"file.bin" + (b":stream %d" % number if number else b"")
        expected[name] = content
    found = events(image.read_bytes())
    assert contents(found) == expected
    assert not problems(found)


def test_what_is_compressed_is_decoded() -> None:
    packed = contents(events(SMALL))[b"comp/packed.txt"]
    assert len(packed) == 18092
    assert hashlib.md5(packed, usedforsecurity=False).hexdigest() == (
        "b234ee4d69f5fce4486a80fdaf4a4263"  # the GPL, version 2
    )


def test_behind_what_was_written_are_zeros() -> None:
    data = patched("plain.txt", 0x80, 56, struct.pack("<Q", 100))
    whole, part = contents(events(SMALL)), contents(events(data))
    assert part[b"folder/plain.txt"] == whole[b"folder/plain.txt"][:100] + bytes(2900)


def test_encrypted_is_told() -> None:
    found = events(patched("plain.txt", 0x80, 12, struct.pack("<H", 0x4000)))
    assert problems(found) == ["folder/plain.txt: encrypted"]


def test_runs_that_lead_outside_are_told() -> None:
    runs = SMALL[attribute(SMALL, "plain.txt", 0x80) + 32]
    found = events(patched("plain.txt", 0x80, runs, b"\x31\6\xff\xff\x7f\0"))
    assert problems(found) == ["folder/plain.txt: 3000 bytes promised, 0 present"]


def test_a_size_beyond_all_limits_is_told() -> None:
    found = events(patched("plain.txt", 0x80, 48, struct.pack("<QQ", 1 << 63, 1 << 63)))
    (problem,) = [event for event in found if isinstance(event, Problem)]
    assert problem.limit == "MaxScanSize"
    unlimited = Limits(max_file_size=0, max_scan_size=0)
    found = events(patched("plain.txt", 0x80, 48, struct.pack("<QQ", 1 << 63, 1 << 63)), unlimited)
    assert problems(found) == [f"folder/plain.txt: {1 << 63} bytes promised, 3072 present"]


def test_folders_in_a_circle_end() -> None:
    """The folder's parent becomes the folder itself."""
    letters = "folder".encode("utf-16-le")
    at = SMALL.find(b"FILE0", 0)
    while letters not in SMALL[at : at + RECORD] or SMALL[at + 22] != 3:
        at = SMALL.find(b"FILE0", at + 1)
    name = SMALL.find(letters, at) - 66
    number = SMALL[attribute(SMALL, "plain.txt", 0x30) + 24 :][:6]
    data = SMALL[:name] + number + SMALL[name + 6 :]
    names = list(contents(events(data)))
    assert any(path.endswith(b"folder/folder/plain.txt") for path in names)
    assert len(names) == 4


def windows(content: bytes, algorithm: int, chunk: int) -> ntfs.File:
    """A file that Windows compressed, in chunks that are stored."""
    count = -(-len(content) // chunk)
    table = b"".join(struct.pack("<I", chunk * number) for number in range(1, count))
    streams = tuple(
        ntfs.Stream(name, len(value), len(value), value, (), 0, encrypted=False)
        for name, value in ((b"", bytes(len(content))), (b"WofCompressedData", table + content))
    )
    point = struct.pack("<IHHIIII", 0x80000017, 16, 0, 1, 2, 1, algorithm)
    return ntfs.File(ntfs.ROOT, b"name", folder=False, streams=streams, reparse=point)


@pytest.mark.parametrize(("algorithm", "chunk"), [(0, 4096), (1, 32768), (2, 8192), (3, 16384)])
def test_what_windows_compressed(
    monkeypatch: pytest.MonkeyPatch, algorithm: int, chunk: int
) -> None:
    content = random.Random(algorithm).randbytes(100_000)  # noqa: S311
    file = windows(content, algorithm, chunk)
    monkeypatch.setattr(ntfs.Volume, "file", lambda _, number: file if number == 66 else None)
    found = events(SMALL)
    assert contents(found) == {b"name": content}
    unknown = windows(content, 7, chunk)
    monkeypatch.setattr(ntfs.Volume, "file", lambda _, number: unknown if number == 66 else None)
    assert problems(events(SMALL))[0].startswith("name: what Windows compressed it to")


@pytest.mark.parametrize(
    ("packed", "content"),
    [
        (b"\2\x30abc", b"abc"),
        (b"\2\xb0\0ab", b"ab"),
        # [MS-XCA] 3.3: literals, then copies whose distances take more bits the further they are
        (b"\3\xb0\2a\xfc\x0f", b"a" * 4096),
        (b"\0\x30a" + b"\0\x30b", b"a" + bytes(4095) + b"b"),
        (b"\0\x30a\0\0junk", b"a"),
    ],
)
def test_lznt1(packed: bytes, content: bytes) -> None:
    decoded = lznt1.decode(Fmap.from_bytes(packed), Budget(Limits()), 1 << 16)
    assert decoded.data.read(0, 1 << 17) == content
    assert decoded.status == "done"


@pytest.mark.parametrize(
    ("packed", "status"),
    [(b"\xff\x30ab", "truncated"), (b"\3\xb0\2a\0\x10", "corrupt"), (b"\2\xb0\1\0", "truncated")],
)
def test_damaged_lznt1(packed: bytes, status: str) -> None:
    decoded = lznt1.decode(Fmap.from_bytes(packed), Budget(Limits()), 1 << 16)
    assert decoded.status == status


def piece(kind: int, value: bytes) -> bytes:
    """An attribute whose value is in the record."""
    size = -(-(24 + len(value)) // 8) * 8
    head = struct.pack("<IIBBHHHIHH", kind, size, 0, 0, 0, 0, 0, len(value), 24, 0)
    return (head + value).ljust(size, b"\0")


def clusters(first: int, size: int, run: bytes) -> bytes:
    """Data in a run of clusters of 512 bytes."""
    head = struct.pack("<IIBBHHH", 0x80, 80, 1, 0, 64, 0, 0)
    places = struct.pack("<QQHB13xQQ", first, 0, 64, 0, size, size)
    return head + places + run.ljust(16, b"\0")


def record(*attributes: bytes, base: int = 0) -> bytes:
    head = struct.pack("<4sHH12xHH8xQ", b"FILE", 48, 0, 56, 1, base).ljust(56, b"\0")
    return (head + b"".join(attributes) + b"\xff" * 4).ljust(RECORD, b"\0")


def test_a_table_whose_places_are_in_two_records() -> None:
    """Its second piece, with all files, is told of by record 1 for record 0."""
    boot = b"\xeb\x52\x90NTFS    " + struct.pack("<HB34xQ8xb", 512, 1, 2, -10)
    first = clusters(0, 20 * RECORD, b"\x11\x04\x02")  # records 0 and 1
    listed = piece(0x20, struct.pack("<IHBB8xQQ", 0x80, 32, 0, 0, 1, 0))
    second = clusters(4, 0, b"\x11\x24\x06")
    name = struct.pack("<Q56xBB", ntfs.ROOT, 4, 1) + "evil".encode("utf-16-le")
    file = record(piece(0x30, name), piece(0x80, b"the content"))
    data = (
        boot.ljust(1024, b"\0")
        + record(listed, first)
        + record(second, base=1 << 48)
        + bytes(14 * RECORD)
        + file
        + bytes(3 * RECORD)
    )
    found = events(data)
    assert contents(found) == {b"evil": b"the content"}
    assert not problems(found)
