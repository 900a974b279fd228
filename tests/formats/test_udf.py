"""UDF images of the tools that write them, and limits."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import udf
from nacre.formats.filesystem.udf import UdfHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"one line\n" * 20


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(UdfHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 99_999) for event in found if isinstance(event, Child)}


@pytest.mark.skipif(not shutil.which("genisoimage"), reason="genisoimage makes the image")
def test_a_disc_of_genisoimage(tmp_path: Path) -> None:
    (tmp_path / "in/folder").mkdir(parents=True)
    (tmp_path / "in/one.txt").write_bytes(TEXT)
    (tmp_path / "in/folder/two.txt").write_bytes(TEXT[9:])
    image = tmp_path / "image"
    subprocess.run(["genisoimage", "-quiet", "-udf", "-o", image, tmp_path / "in"], check=True)
    found = contents(events(image.read_bytes()))
    assert found == {b"one.txt": TEXT, b"folder/two.txt": TEXT[9:]}


@pytest.mark.skipif(not shutil.which("mkudffs"), reason="mkudffs makes the image")
@pytest.mark.parametrize("media", ["hd", "dvdram", "cdr", "cdrw"])
def test_an_empty_volume_of_mkudffs(tmp_path: Path, media: str) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(3 << 20))
    subprocess.run(
        ["mkudffs", f"--media-type={media}", image],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    data = image.read_bytes()
    if media == "cdr":  # what is written ends where the disc does so far
        data = data[: 300 * 2048]
    assert events(data) == []


def test_a_file_larger_than_allowed_is_not_made() -> None:
    partition = udf.Partition()
    partition.directory(
        {"hole": partition.entry(TEXT, hole=(1 << 30) - 1), "one": partition.entry(TEXT)}, place=1
    )
    found = events(udf.image(partition))
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxScanSize"]
    assert contents(found) == {b"one": TEXT}


def test_folders_in_a_ring_end() -> None:
    partition = udf.Partition()
    inner = partition.directory({"up": 1, "one": partition.entry(TEXT)})
    partition.directory({"inner": inner, "again": inner}, place=1)
    assert contents(events(udf.image(partition))) == {b"inner/one": TEXT}


def test_descriptors_that_chain_in_a_ring_end() -> None:
    partition = udf.Partition()
    more = partition.take()
    chain = udf._descriptor(udf.SHORT, udf.CONTINUED, more, udf.BLOCK)
    partition.blocks[more] = udf.tag(258, more, bytes(4) + bytes((len(chain), 0, 0, 0)) + chain)
    place = partition.entry(chain, udf.EMBEDDED)
    entry = bytearray(partition.blocks[place])
    entry[34] = udf.SHORT
    partition.blocks[place] = bytes(entry)
    partition.directory({"one": place}, place=1)
    (problem,) = events(udf.image(partition))
    assert problem == Problem("one: 8 bytes promised, 0 present")


@pytest.mark.parametrize(
    "number", [udf.VOLUME_START + 1, udf.VOLUME_START + 2, udf.PARTITION_START]
)
def test_without_one_of_its_descriptors_there_is_no_volume(number: int) -> None:
    data = bytearray(udf.image(udf.filled()))
    data[number * udf.BLOCK] ^= 0xFF
    with pytest.raises(Corrupt):
        events(bytes(data))
