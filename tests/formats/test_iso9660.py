from __future__ import annotations

from pathlib import Path

import pytest

from nacre.formats.filesystem.iso9660 import Iso9660Handler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.iso9660 import SECTOR

PLAIN = Path(__file__).parents[2].joinpath("samples/filesystem/iso9660/plain.in").read_bytes()
ROOT = 16 * SECTOR + 156
SYNC = b"\0" + b"\xff" * 10 + b"\0" + b"\0\2\0"


def files(image: bytes, limits: Limits | None = None) -> list[tuple[bytes, int]]:
    events = Iso9660Handler().extract(Fmap.from_bytes(image), Budget(limits or Limits()))
    return [(event.name, len(event.data)) for event in events if isinstance(event, Child)]


def raw(image: bytes, mode: int) -> bytes:
    """The image as a drive reads it from a disc: ECMA-130, 14."""
    before, after = (b"\1", bytes(288)) if mode == 1 else (b"\2" + bytes(8), bytes(280))
    sectors = (image[at : at + SECTOR] for at in range(0, len(image), SECTOR))
    return b"".join(SYNC + before + sector + after for sector in sectors)


def first_file(image: bytes) -> int:
    """Where the record of the first file of the root directory is."""
    return image.index(b"ONE.TXT;1") - 33


@pytest.mark.parametrize("mode", [1, 2])
def test_raw_sectors_hold_the_same_files(mode: int) -> None:
    assert len(files(PLAIN)) == 3
    assert files(raw(PLAIN, mode)) == files(PLAIN)


def test_extents_of_one_file_are_joined() -> None:
    image = bytearray(PLAIN)
    at = first_file(PLAIN)
    record = image[at : at + image[at]]
    # The first record says that it goes on, and a second extent of the same file follows it.
    image[at + 25] |= 0x80
    end = at + len(record)
    image[end : end + len(record)] = record
    name, size = files(bytes(image))[0]
    assert (name, size) == (b"ONE.TXT", 2 * 759)


def test_directories_in_a_circle_end() -> None:
    image = bytearray(PLAIN)
    at = image.index(b"\6DEEPER") - 32
    image[at + 2 : at + 10] = PLAIN[ROOT + 2 : ROOT + 10]
    assert [name for name, _ in files(bytes(image))] == [b"ONE.TXT", b"DIR/A_LONG_N.TXT"]


def test_a_size_beyond_the_image_is_told() -> None:
    image = bytearray(PLAIN)
    at = first_file(PLAIN)
    image[at + 10 : at + 14] = (1 << 30).to_bytes(4, "little")
    events = list(
        Iso9660Handler().extract(Fmap.from_bytes(bytes(image)), Budget(Limits(max_file_size=0)))
    )
    assert isinstance(events[0], Problem)
    assert events[0].reason.startswith("ONE.TXT: 1073741824 bytes promised")


@pytest.mark.parametrize("image", [PLAIN, raw(PLAIN, 1)])
def test_files_beyond_a_limit_are_told(image: bytes) -> None:
    handler = Iso9660Handler()
    limits = Limits(max_file_size=800)
    events = list(handler.extract(Fmap.from_bytes(image), Budget(limits)))
    problems = [event.limit for event in events if isinstance(event, Problem)]
    assert problems == ["MaxFileSize"]
    assert len(files(image, limits)) == 2


def test_something_else() -> None:
    with pytest.raises(Corrupt):
        files(bytes(100_000))


@pytest.mark.parametrize("before", [b"\0", b"text\n" * 60, bytes(SECTOR)])
def test_an_image_behind_something_else(before: bytes) -> None:
    assert files(before + PLAIN) == files(PLAIN)
