"""Images of mksquashfs, and what their tables may say."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from nacre.codecs import lz4, lzop
from nacre.filetype import own_type
from nacre.formats.filesystem.squashfs import SquashfsHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError, Unsupported
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/filesystem/squashfs"
TEXT = b"one line\n" * 40


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(SquashfsHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 24) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.skipif(not shutil.which("mksquashfs"), reason="mksquashfs makes the image")
@pytest.mark.parametrize("method", ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"])
def test_an_image_of_mksquashfs(tmp_path: Path, method: str) -> None:
    """With several metadata blocks, thousands of fragments' ends, longer inodes and an index."""
    files = {b"folder/%d-%s" % (number, b"n" * 60): b"%d\n" % number for number in range(1500)}
    files |= {b"text": TEXT, b"large": TEXT * 5000, b"holes": TEXT + bytes(3 << 20) + TEXT}
    (tmp_path / "in/folder").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "in" / name.decode()).write_bytes(content)
    image = tmp_path / "image"
    command: list[str | Path] = [
        "mksquashfs",
        tmp_path / "in",
        image,
        "-comp",
        method,
        "-quiet",
        "-no-progress",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = events(image.read_bytes())
    assert not problems(found)
    assert contents(found) == files


def test_by_its_first_bytes() -> None:
    for sample in SAMPLES.glob("*.in"):
        assert own_type(Fmap.from_bytes(sample.read_bytes())) is FileType.SQUASHFS


@pytest.mark.parametrize(
    ("at", "value", "error", "reason"),
    [
        (28, struct.pack("<H", 3), Unsupported, "squashfs 3.0"),
        (20, struct.pack("<H", 9), Unsupported, "compression 9"),
        (12, struct.pack("<I", 5000), Corrupt, "blocks of 5000 bytes"),
        (0, b"sqsh", Corrupt, "no superblock"),
        (32, struct.pack("<Q", 1 << 40), FormatError, "outside"),
    ],
)
def test_superblocks_that_are_refused(
    at: int, value: bytes, error: type[FormatError], reason: str
) -> None:
    data = bytearray((SAMPLES / "stored.in").read_bytes())
    data[at : at + len(value)] = value
    with pytest.raises(error, match=reason):
        events(bytes(data))


def test_a_file_over_the_limit_is_told_of_and_left() -> None:
    found = events((SAMPLES / "zstd.in").read_bytes(), Limits(max_file_size=10_000))
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]
    assert len(contents(found)) == 4


def test_fragments_that_are_nowhere() -> None:
    data = bytearray((SAMPLES / "gzip.in").read_bytes())
    data[16:20] = bytes(4)  # their number
    assert "one.txt: 17 bytes promised, 0 present" in problems(events(bytes(data)))


def test_lone_blocks_meet_their_bounds() -> None:
    block = b"\x1fa\x01\x00" + b"\xff" * 20 + b"\x10\x50bcdef"
    decoded = lz4.decode_block(Fmap.from_bytes(block), Budget(Limits()))
    assert decoded.status == "done"
    assert decoded.data.read(0, 10_000) == b"a" * (1 + 15 + 255 * 20 + 16 + 4) + b"bcdef"
    part = lz4.decode_block(Fmap.from_bytes(block), Budget(Limits()), max_output=100)
    assert (part.status, len(part.data)) == ("limit", 100)
    block = b"\x15abcd\x11\0\0"
    assert lzop.decode_block(Fmap.from_bytes(block), Budget(Limits())).data.read(0, 9) == b"abcd"
    part = lzop.decode_block(Fmap.from_bytes(block), Budget(Limits()), max_output=2)
    assert (part.status, len(part.data)) == ("limit", 2)
    assert lzop.decode_block(Fmap.from_bytes(block[:5]), Budget(Limits())).status == "truncated"


@pytest.mark.parametrize(
    "front", [b"\x7fELF" + bytes(300), b"\x27\x05\x19\x56" + bytes(range(256)) * 9 + b"hsqs"]
)
def test_an_image_behind_something_else(front: bytes) -> None:
    image = (SAMPLES / "gzip.in").read_bytes()
    whole = contents(events(image))
    data = front + image
    assert own_type(Fmap.from_bytes(data)) is FileType.SQUASHFS
    assert contents(events(data)) == whole
    assert contents(events(data + bytes(512) + image + b"end")) == whole
    assert own_type(Fmap.from_bytes(front + b"hsqs" + bytes(96))) is None


def test_neither_marks_nor_images_hide_an_image() -> None:
    image = (SAMPLES / "gzip.in").read_bytes()
    whole = contents(events(image))
    large = image[:40] + struct.pack("<Q", 1 << 63) + image[48:]
    for front in (b"hsqs" * 1000, large):
        assert contents(events(b"\x7fELF" + front + image)) == whole
    lying = b"\x7fELF" + image[:48] + b"\xff" * 48
    found = events(lying + image)
    assert contents(found) == whole
    assert problems(found)[0].startswith("the image at 4: ")


def test_an_image_on_a_disc_is_a_file_of_it() -> None:
    image = (SAMPLES / "gzip.in").read_bytes()
    disc = bytes(32769) + b"CD001" + bytes(2043) + image
    assert own_type(Fmap.from_bytes(disc)) is None
