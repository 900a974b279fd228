"""File systems of mke2fs, and what their structures may say."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from nacre.filetype import own_type
from nacre.formats.filesystem.ext import ExtHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/filesystem/ext"
TEXT = b"one line\n" * 40


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(ExtHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 24) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.skipif(not shutil.which("mke2fs"), reason="mke2fs makes the image")
@pytest.mark.parametrize(
    "options",
    [
        ["-t", "ext2", "-r", "0", "-O", "none"],
        ["-t", "ext2", "-b", "1024"],
        ["-t", "ext3", "-b", "1024"],
        ["-t", "ext4", "-b", "4096"],
        ["-t", "ext4", "-b", "65536", "-F"],
        ["-t", "ext4", "-b", "1024", "-g", "1024", "-O", "meta_bg,64bit,^resize_inode"],
        ["-t", "ext4", "-b", "1024", "-g", "1024", "-O", "sparse_super2,meta_bg,^resize_inode"],
        ["-t", "ext4", "-b", "1024", "-I", "512", "-O", "inline_data,ea_inode,bigalloc"],
    ],
)
def test_an_image_of_mke2fs(tmp_path: Path, options: list[str]) -> None:
    files = {b"folder/%d-%s.txt" % (number, b"n" * 80): b"%d\n" % number for number in range(300)}
    files |= {b"text": TEXT, b"inline": TEXT[:150], b"large": TEXT * 5000}
    (tmp_path / "in/folder").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "in" / name.decode()).write_bytes(content)
    with (tmp_path / "in/holes").open("wb") as file:
        for at in range(0, 1 << 20, 100_000):
            file.seek(at)
            file.write(TEXT)
    files[b"holes"] = (tmp_path / "in/holes").read_bytes()
    image = tmp_path / "image"
    command: list[str | Path] = [
        "/usr/sbin/mke2fs",
        "-q",
        "-N",
        "600",
        *options,
        "-d",
        tmp_path / "in",
        image,
        "48M",
    ]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    found = events(image.read_bytes())
    assert not problems(found)
    assert contents(found) == files


def test_a_file_system_is_known_by_its_superblock() -> None:
    for sample in SAMPLES.glob("*.in"):
        assert own_type(Fmap.from_bytes(sample.read_bytes())) is FileType.EXT


def inode_of(image: bytearray, size: int) -> int:
    """Where the inode of the only file of a size is."""
    (block,) = struct.unpack_from("<I", image, 2048 + 8)
    step = struct.unpack_from("<H", image, 1024 + 88)[0]
    places = range(block * 1024, block * 1024 + 32 * step, step)
    return next(at for at in places if struct.unpack_from("<I", image, at + 4)[0] == size)


def test_blocks_that_lead_to_themselves_give_no_more_than_the_size() -> None:
    data = bytearray((SAMPLES / "ext2.in").read_bytes())
    at = inode_of(data, 36_000)
    (indirect,) = struct.unpack_from("<I", data, at + 40 + 48)
    struct.pack_into("<15I", data, at + 40, *[0] * 14, indirect)  # and as three steps
    data[indirect * 1024 : (indirect + 1) * 1024] = struct.pack("<I", indirect) * 256
    struct.pack_into("<I", data, at + 4, 16_000_000)
    found = events(bytes(data))
    assert len(contents(found)[b"long.bin"]) == 16_000_000


def test_a_tree_of_extents_that_leads_to_itself() -> None:
    data = bytearray((SAMPLES / "ext4.in").read_bytes())
    at = inode_of(data, 36_000) + 40
    struct.pack_into("<HHHHIIIHH", data, at, 0xF30A, 1, 4, 3, 0, 0, 70, 0, 0)
    data[70 * 1024 : 71 * 1024] = struct.pack("<HHHHIIIHH", 0xF30A, 1, 4, 2, 0, 0, 70, 0, 0).ljust(
        1024, b"\0"
    )
    found = events(bytes(data))
    assert contents(found)[b"long.bin"] == bytes(36_000)


def test_extents_in_disorder_end_the_file() -> None:
    data = bytearray((SAMPLES / "ext4.in").read_bytes())
    at = inode_of(data, 36_000) + 40
    (_, length, high, low) = struct.unpack_from("<IHHI", data, at + 12)
    struct.pack_into("<HH", data, at + 2, 2, 4)
    struct.pack_into("<IHHIIHHI", data, at + 12, 0, 8, high, low, 4, length, high, low)
    found = events(bytes(data))
    assert problems(found) == ["long.bin: 36000 bytes promised, 8192 present"]
    assert len(contents(found)[b"long.bin"]) == 8192


def test_an_encrypted_file_is_reported() -> None:
    data = bytearray((SAMPLES / "ext4.in").read_bytes())
    at = inode_of(data, 36_000)
    data[at + 33] |= 0x08
    assert problems(events(bytes(data))) == ["long.bin: encrypted"]


def test_a_file_over_the_limit_is_told_of_and_left() -> None:
    found = events((SAMPLES / "ext4.in").read_bytes(), Limits(max_file_size=10_000))
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]
    assert len(contents(found)) == 5


@pytest.mark.parametrize("data", [b"", bytes(4000), bytes(1080) + b"\x53\xef" + bytes(4000)])
def test_no_file_system(data: bytes) -> None:
    with pytest.raises(Corrupt):
        events(data)
