"""FAT volumes of the tools that write them, and what their tables may say."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.filetype import is_partitioned, own_type
from nacre.formats.filesystem.fat import FatHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/filesystem/fat"
TEXT = b"one line\n" * 200
LONG = b"folder/A rather long name of a file.text"


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
        wanted = FileType.EXFAT if sample.name.startswith("exfat") else FileType.FAT
        assert own_type(Fmap.from_bytes(sample.read_bytes())) is wanted
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


def exfat() -> bytearray:
    return bytearray((SAMPLES / "exfat.in").read_bytes())


def about(data: bytearray, name: str) -> int:
    """Where the record about the data of a file is: before its name."""
    return data.index(b"\xc1\0" + name.encode("utf-16-le")[:30]) - 32


def test_what_was_not_written_to_a_file_of_exfat_is_zeros() -> None:
    data = exfat()
    long = contents(events(bytes(data)))[LONG]
    at = about(data, "A rather long n")
    data[at + 8 : at + 16] = (1000).to_bytes(8, "little")
    assert contents(events(bytes(data)))[LONG] == long[:1000] + bytes(len(long) - 1000)


def test_a_chain_of_exfat_that_leads_back_to_itself() -> None:
    data = exfat()
    table, cluster = int.from_bytes(data[80:84], "little") * 512, 19
    data[table + 4 * cluster + 4 : table + 4 * cluster + 8] = cluster.to_bytes(4, "little")
    assert f"{LONG.decode()}: 4320 bytes promised, 1024 present" in problems(events(bytes(data)))


def test_the_second_table_of_exfat_counts_if_the_volume_says_so() -> None:
    data = exfat()
    table, length = (int.from_bytes(data[at : at + 4], "little") for at in (80, 84))
    spare = bytes(data[(table + length) * 512 : (table + 2 * length) * 512])
    data[106], data[110] = 1, 2
    assert spare != data[table * 512 : (table + length) * 512]
    assert [reason for reason in problems(events(bytes(data))) if "long name" in reason]


def test_files_of_exfat_without_data_hide_no_others() -> None:
    data = exfat()
    data[about(data, "one.txt")] = 0x40
    found = events(bytes(data))
    assert set(contents(found)) == {LONG, b"folder/deeper/three.bin"}
    assert problems(found) == ["where the data of 1 files is: not told"]


def test_folders_and_files_of_exfat_that_lie_outside() -> None:
    data = exfat()
    at = about(data, "deeper")
    data[at + 20 : at + 24] = b"\xf0\xff\0\0"
    told = "folder/deeper/: a directory in cluster 65520, which is outside"
    assert told in problems(events(bytes(data)))
    data = exfat()
    at = about(data, "one.txt")
    data[at + 20 : at + 24] = b"\xf0\xff\0\0"
    assert "one.txt: 17 bytes promised, 0 present" in problems(events(bytes(data)))
    data[96:100] = b"\xf0\xff\0\0"
    with pytest.raises(Corrupt):
        events(bytes(data))


@given(st.lists(st.tuples(st.integers(0, 47_103), st.integers(0, 255)), max_size=20))
def test_a_damaged_volume_of_exfat_ends(changes: list[tuple[int, int]]) -> None:
    data = exfat()
    for at, value in changes:
        data[at] = value
    with contextlib.suppress(FormatError):
        events(bytes(data))


@pytest.mark.parametrize("data", [b"", bytes(100), b"\xeb" * 100, b"abcEXFAT   " + bytes(200)])
def test_no_volume(data: bytes) -> None:
    with pytest.raises(Corrupt):
        events(data)


def test_directories_of_exfat_that_overlap_are_told() -> None:
    data = exfat()
    at = about(data, "folder")
    data[at + 24 : at + 32] = (1 << 40).to_bytes(8, "little")
    data += bytes([0x81] + [0] * 31) * ((3 << 20) // 32)
    data[92:96] = (0xFFFF).to_bytes(4, "little")
    data[at + 20 : at + 24] = (16).to_bytes(4, "little")
    inner = about(data, "deeper")
    data[inner + 24 : inner + 32] = (1 << 40).to_bytes(8, "little")
    assert "folder/deeper/: directories overlap" in problems(events(bytes(data)))
