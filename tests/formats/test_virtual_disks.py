"""Images of virtual disks: the disk comes out of each, and what is not in the image is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from formats import disks
from nacre.formats.filesystem.qcow import QcowHandler
from nacre.formats.filesystem.vdi import VdiHandler
from nacre.formats.filesystem.vhd import VhdHandler
from nacre.formats.filesystem.vhdx import VhdxHandler
from nacre.formats.filesystem.vmdk import VmdkHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.formats.base import Handler

CONTENT = b"the first block\n" * 256 + bytes(8192) + b"the last block\n" * 100
SAMPLES = Path(__file__).parents[2] / "samples/filesystem"
QEMU = shutil.which("qemu-img")
MADE: dict[str, tuple[Handler, bytes]] = {
    "vhd": (VhdHandler(), disks.vhd(CONTENT)),
    "vdi": (VdiHandler(), disks.vdi(CONTENT)),
    "vhdx": (VhdxHandler(), disks.vhdx(CONTENT)),
}
CHANGED: dict[str, tuple[Handler, bytes]] = {
    "vhd": (VhdHandler(), disks.vhd(CONTENT, kind=4)),
    "vdi": (VdiHandler(), disks.vdi(CONTENT, kind=4)),
    "vhdx": (VhdxHandler(), disks.vhdx(CONTENT, parent=True)),
}
REAL: dict[str, tuple[Handler, list[str]]] = {
    "vhd": (VhdHandler(), ["-O", "vpc"]),
    "vhdx": (VhdxHandler(), ["-O", "vhdx"]),
    "vdi": (VdiHandler(), ["-O", "vdi"]),
    "qcow2": (QcowHandler(), ["-O", "qcow2"]),
    "qcow2 0.10": (QcowHandler(), ["-O", "qcow2", "-o", "compat=0.10,cluster_size=512"]),
    "qcow2 compressed": (QcowHandler(), ["-c", "-O", "qcow2"]),
    "vmdk": (VmdkHandler(), ["-O", "vmdk"]),
    "vmdk for exchange": (VmdkHandler(), ["-O", "vmdk", "-o", "subformat=streamOptimized"]),
}


def sample(kind: str) -> bytes:
    return (SAMPLES / kind / "growing.in").read_bytes()


def opened(
    handler: Handler, image: bytes, limits: Limits | None = None
) -> tuple[list[bytes], list[str]]:
    events = list(handler.extract(Fmap.from_bytes(image), Budget(limits or Limits())))
    return (
        [event.data.read(0, len(event.data)) for event in events if isinstance(event, Child)],
        [event.reason for event in events if isinstance(event, Problem)],
    )


@pytest.mark.parametrize("name", MADE)
def test_blocks_and_zeros_between_them(name: str) -> None:
    assert opened(*MADE[name]) == ([CONTENT], [])


@pytest.mark.parametrize("name", CHANGED)
def test_changes_of_another_disk_are_told(name: str) -> None:
    contents, problems = opened(*CHANGED[name])
    assert contents == [CONTENT]
    assert problems == ["the disk that it is a change of is elsewhere"]


@pytest.mark.parametrize("name", MADE)
def test_what_is_cut_is_told(name: str) -> None:
    handler, image = MADE[name]
    # Of the last block only what is not zero, and of VHDX that is the end of the image.
    contents, problems = opened(handler, image[: image.rindex(b"the last block") - 100])
    assert contents[0].startswith(CONTENT[:4096])
    assert len(contents[0]) == len(CONTENT)
    assert ["are not in the image" in problem for problem in problems] == [True]


@pytest.mark.parametrize(
    ("handler", "image", "at", "size"),
    [
        (VhdHandler(), MADE["vhd"][1], 528, 8),
        (VdiHandler(), MADE["vdi"][1], 340, 4),
        (QcowHandler(), sample("qcow"), 40, 8),
        (VmdkHandler(), sample("vmdk"), 56, 8),
    ],
    ids=["vhd", "vdi", "qcow", "vmdk"],
)
def test_a_map_that_is_not_there_is_told(
    handler: Handler, image: bytes, at: int, size: int
) -> None:
    """The map is said to be far behind the end."""
    lost = image[:at] + b"\0\0\0\1\0\0\0\0"[-size:] + image[at + size :]
    contents, problems = opened(handler, lost)
    assert not any(contents[0])
    assert [f"disk: {len(contents[0])} bytes of its pieces are not in the image"] == problems


@pytest.mark.parametrize("name", MADE)
def test_a_disk_too_large_is_scanned_as_far_as_may_be(name: str) -> None:
    contents, problems = opened(*MADE[name], limits=Limits(max_file_size=5000))
    assert contents == [CONTENT[:5000]]
    assert problems == ["disk: cut at MaxFileSize, 5000 bytes scanned"]


def test_changes_that_are_only_in_a_log_are_told() -> None:
    _, problems = opened(VhdxHandler(), disks.vhdx(CONTENT, log=True))
    assert problems == ["disk: changes that are only in the log were left out"]


@pytest.mark.skipif(QEMU is None, reason="makes the images with qemu-img")
@pytest.mark.parametrize("name", REAL)
def test_real_images(name: str, tmp_path: Path) -> None:
    handler, words = REAL[name]
    raw, image = tmp_path / "raw", tmp_path / "image"
    content = (CONTENT + bytes(300_000)) * 3 + b"the end"
    raw.write_bytes(content.ljust(-(-len(content) // 512) * 512, b"\0"))
    assert QEMU is not None
    subprocess.run([QEMU, "convert", "-f", "raw", *words, raw, image], check=True)
    contents, problems = opened(handler, image.read_bytes())
    assert len(contents) == 1
    assert contents[0].rstrip(b"\0") == content
    assert not problems
