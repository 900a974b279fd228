"""Marks of one format in a file of another: what the peer opens is opened here, too."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.filetype.builtin import builtin_ftm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compat.pair import Pair

SAMPLES = Path(__file__).parents[2] / "samples"
CONTENT = b"\0\1content of a member" * 20
KNOWN = ("x.hsb", f"{hashlib.sha256(CONTENT).hexdigest()}:{len(CONTENT)}:Content")
MARKS = {"model": (4, b"TFL3"), "tar": (257, b"ustar"), "disk": (512, b"EFI PART")}


def beginnings() -> set[bytes]:
    """What files of some type begin with."""
    lines = builtin_ftm().decode().splitlines()
    return {bytes.fromhex(line.split(":")[2]) for line in lines if line.startswith("0:0:")}


def tar(name: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", encoding="latin-1") as archive:
        member = tarfile.TarInfo(name.partition(b"\0")[0].decode("latin-1"))
        member.size = len(CONTENT)
        archive.addfile(member, io.BytesIO(CONTENT))
    return out.getvalue()


def marked(data: bytes, at: int, mark: bytes) -> bytes:
    return data[:at] + mark + data[at + len(mark) :]


def opened(pair: Pair, files: Mapping[str, bytes], *lines: tuple[str, str]) -> set[str]:
    """The files that the peer opens, all of which nacre opens."""
    seen = pair.both(lines, files, "--allmatch")
    assert all(peer <= ours for peer, ours in seen.values()), seen
    return {name for name, (peer, _) in seen.items() if peer}


def test_members_of_a_tar_with_names_like_beginnings(pair: Pair) -> None:
    files = {begin.hex(): tar(begin) for begin in beginnings()}
    assert {"4d5a", "494433", "46726f6d20"} <= opened(pair, files, KNOWN)


def test_marks_in_other_archives(pair: Pair) -> None:
    field = len(gzip.compress(b"")) - 10 + 0x300  # of a header with an extra field
    head = bytearray(b"\x1f\x8b\x08\x04" + bytes(6) + field.to_bytes(2, "little") + bytes(field))
    packed = gzip.compress(CONTENT)[10:]
    plain = [{"id": lzma.FILTER_LZMA2, "preset": 0}]
    stored = lzma.compress(CONTENT, lzma.FORMAT_XZ, lzma.CHECK_NONE, filters=plain)
    cabinet = (SAMPLES / "archive/cab/folders.in").read_bytes()
    files = {
        f"{kind}-{name}": marked(data, *mark)
        for kind, data in (("gz", bytes(head) + packed), ("xz", stored), ("cab", cabinet))
        for name, mark in MARKS.items()
        if (kind, name) not in {("xz", "model"), ("cab", "model")}
    }
    one = "860418955f6021758d6178aa66c292772545146f2e88aa5acb9da757ff374aec:1310:One"
    assert "gz-model" in opened(pair, files, KNOWN, ("x.hsb", one))


def test_beginnings_of_a_disk(pair: Pair) -> None:
    disk = (SAMPLES / "filesystem/mbr/primary.in").read_bytes()
    files = {begin.hex(): marked(disk, 0, begin) for begin in beginnings()}
    inside = next(
        line
        for line in (SAMPLES / "filesystem/mbr/primary.events.json").read_text().splitlines()
        if "partition" in line
    )
    digest, size = inside.split('"sha256": "')[1][:64], inside.split('"size": ')[1].split(",")[0]
    assert {"4d5a", "424d"} <= opened(pair, files, ("x.hsb", f"{digest}:{size}:Part"))
