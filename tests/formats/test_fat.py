"""FAT volumes of the tools that write them, and what their tables may say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nacre.filetype import is_partitioned, own_type
from nacre.formats.filesystem.fat import FatHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/filesystem/fat"
TEXT = b"one line\n" * 200


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(FatHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 99_999) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.skipif(
    not (shutil.which("mkfs.fat") and shutil.which("mcopy")), reason="dosfstools and mtools"
)
@pytest.mark.parametrize(("width", "size"), [("12", "1M"), ("16", "9M"), ("32", "34M")])
def test_a_volume_of_mkfs(tmp_path: Path, width: str, size: str) -> None:
    image, file = tmp_path / "image", tmp_path / "file"
    file.write_bytes(TEXT)
    commands: tuple[list[str | Path], ...] = (
        ["truncate", "-s", size, image],
        ["mkfs.fat", "-s", "1", "-F", width, image],
        ["mmd", "-i", image, "::/folder"],
        ["mcopy", "-i", image, file, "::/folder/Grüße aus Köln.txt"],
        ["mcopy", "-i", image, file, "::/short.txt"],
    )
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/usr/sbin:/sbin"}
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    data = image.read_bytes()
    assert contents(events(data)) == {
        b"short.txt": TEXT,
        "folder/Grüße aus Köln.txt".encode(): TEXT,
    }
    assert own_type(Fmap.from_bytes(data)) is FileType.FAT
    assert not is_partitioned(Fmap.from_bytes(data))


def test_the_samples_are_told_from_disks_with_partitions() -> None:
    for sample in SAMPLES.glob("*.in"):
        assert own_type(Fmap.from_bytes(sample.read_bytes())) is FileType.FAT
    disk = (SAMPLES.parent / "mbr/primary.in").read_bytes()
    assert own_type(Fmap.from_bytes(disk)) is None
    assert is_partitioned(Fmap.from_bytes(disk))


def test_a_directory_inside_itself_is_read_once() -> None:
    data = bytearray((SAMPLES / "fat12.in").read_bytes())
    at = data.index(b"DEEPER  ")
    data[at + 26 : at + 28] = (2).to_bytes(2, "little")  # the cluster of "folder"
    names = list(contents(events(bytes(data))))
    assert names == [b"one.txt", b"folder/A rather long name of a file.text", b"folder/THREE.BIN"]


def test_a_long_name_of_another_file_is_not_taken() -> None:
    data = bytearray((SAMPLES / "fat12.in").read_bytes())
    at = data.index(b"ARATHE~1TEX")
    data[at] = ord("B")
    assert b"folder/BRATHE~1.TEX" in contents(events(bytes(data)))


def test_a_file_over_the_limit_is_told_of_and_left() -> None:
    found = events((SAMPLES / "fat12.in").read_bytes(), Limits(max_file_size=1000))
    assert len(contents(found)) == 3
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


def test_a_cluster_outside() -> None:
    data = bytearray((SAMPLES / "fat12.in").read_bytes())
    at = data.index(b"ONE     TXT")
    data[at + 26 : at + 28] = b"\xf0\xff"
    assert problems(events(bytes(data))) == ["one.txt: 17 bytes promised, 0 present"]


def test_a_directory_outside() -> None:
    data = bytearray((SAMPLES / "fat12.in").read_bytes())
    at = data.index(b"DEEPER  ")
    data[at + 26 : at + 28] = b"\xf0\xff"
    told = "folder/deeper/: a directory in cluster 65520, which is outside"
    assert problems(events(bytes(data))) == [told]


@pytest.mark.parametrize("data", [b"", bytes(100), b"\xeb" * 100])
def test_no_volume(data: bytes) -> None:
    with pytest.raises(Corrupt):
        events(data)
