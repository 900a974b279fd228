"""ARC and ZOO: what arc writes, and what headers may say."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import arc
import zoo
from nacre.filetype import own_type
from nacre.formats.archive.arc import ArcHandler
from nacre.formats.archive.zoo import ZooHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.formats.base import Handler

SAMPLES = Path(__file__).parents[2] / "samples/archive"


def changing_text(size: int) -> bytes:
    """Text whose strings wear out, so that LZW starts over."""
    dice = random.Random(3)  # noqa: S311  repeatable, no secret
    lines = (
        b"%d %d\n" % (dice.randrange(10 ** dice.randrange(1, 8)), number) for number in range(size)
    )
    return b"".join(lines)[:size]


TEXT = changing_text(200_000)


def events(handler: Handler, data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(handler.extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {event.name: event.data.read(0, 1 << 20) for event in found if isinstance(event, Child)}


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.skipif(not shutil.which("arc"), reason="arc makes the archive")
@pytest.mark.parametrize("options", ["a", "aq", "as"])
def test_an_archive_of_arc(tmp_path: Path, options: str) -> None:
    files = {b"text.txt": TEXT, b"short": b"one\n", b"runs": b"\x90" * 1000 + bytes(70_000)}
    files[b"noise"] = random.Random(1).randbytes(5000)  # noqa: S311  repeatable, no secret
    for name, content in files.items():
        (tmp_path / name.decode()).write_bytes(content)
    names = [name.decode() for name in files]
    command = ["arc", options, "x.arc", *names]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=tmp_path)
    data = (tmp_path / "x.arc").read_bytes()
    found = events(ArcHandler(), data)
    assert not problems(found)
    assert contents(found) == files
    assert own_type(Fmap.from_bytes(data)) is FileType.ARC


def arc_member(method: int, content: bytes, size: int) -> bytes:
    return struct.pack("<BB13sI6xI", 0x1A, method, b"name", len(content), size) + content


@pytest.mark.parametrize("method", [10, 99])
def test_methods_that_are_not_decoded(method: int) -> None:
    found = events(ArcHandler(), arc_member(method, b"packed", 100) + b"\x1a\0")
    assert problems(found) == [f"name: method {method} is not decoded"]


@pytest.mark.parametrize("method", arc.CRUNCHED)
def test_crunched_by_old_versions(method: int) -> None:
    files = {b"TEXT": TEXT, b"RUNS": b"\x90" * 1000 + bytes(70_000), b"SAME": b"a" * 5000}
    files |= {b"ONE": b"x", b"NOISE": random.Random(1).randbytes(9000), b"EMPTY": b""}  # noqa: S311
    data = arc.crunched(files, method)
    found = events(ArcHandler(), data)
    assert not problems(found)
    assert contents(found) == {name: content for name, content in files.items() if content}
    assert own_type(Fmap.from_bytes(data)) is FileType.ARC


@pytest.mark.parametrize("method", arc.CRUNCHED)
@pytest.mark.parametrize("place", [0, 1])
def test_a_code_without_a_string(method: int, place: int) -> None:
    """First of all, and where only the string after the one before could be."""
    known = int.from_bytes(arc.crunch(method, b"a"), "big") >> 4
    codes = ([known] * place + [(known + 2048) % 4096])[-2:]
    packed = bytes.fromhex("".join(f"{code:03x}" for code in codes) + "0" * (len(codes) % 2))
    found = events(ArcHandler(), arc_member(method, packed, 100) + b"\x1a\0")
    assert problems(found) == [f"name: the compressed data is damaged after {place} bytes"]


@pytest.mark.parametrize("method", [3, 4, 5, 6, 7, 8, 9])
def test_no_data_is_an_early_end(method: int) -> None:
    found = events(ArcHandler(), arc_member(method, b"", 100) + b"\x1a\0")
    assert problems(found) == ["name: the compressed data ends early after 0 bytes"]


def test_a_tree_without_a_way_out() -> None:
    tree = struct.pack("<Hhh", 1, 0, 0)
    found = events(ArcHandler(), arc_member(4, tree + b"x" * 100, 100) + b"\x1a\0")
    assert problems(found) == ["name: the compressed data ends early after 0 bytes"]
    for tree in (struct.pack("<Hhh", 1, 5, 5), struct.pack("<Hhh", 1, -300, -300)):
        found = events(ArcHandler(), arc_member(4, tree + b"x" * 100, 100) + b"\x1a\0")
        assert problems(found) == ["name: the compressed data is damaged after 0 bytes"]


def test_a_folder_is_an_archive_of_its_own() -> None:
    inner = arc_member(2, b"content", 7) + b"\x1a\0"
    found = events(ArcHandler(), arc_member(30, inner, len(inner)) + b"\x1a\0")
    assert contents(found) == {b"name": inner}
    assert own_type(Fmap.from_bytes(inner)) is FileType.ARC


@pytest.mark.parametrize(
    "data",
    [
        arc_member(2, b"content", 7) + b"x",  # no member behind it
        b"\x1a\x02na\x01me\0" + bytes(40),
        b"\x1a\x02" + bytes(60),
        b"\x1a\x08" + b"n" * 60,
        b"ZOO 2.10 Archive.\x1a" + bytes(60),
    ],
)
def test_nothing_like_them(data: bytes) -> None:
    assert own_type(Fmap.from_bytes(data)) is None


def test_zoo_starts_over_when_its_codes_are_used_up() -> None:
    data = zoo.zoo([zoo.File(b"TEXT", zoo.LZW, zoo.lzw(TEXT), TEXT)])
    found = events(ZooHandler(), data)
    assert not problems(found)
    assert contents(found) == {b"TEXT": TEXT}
    assert own_type(Fmap.from_bytes(data)) is FileType.ZOO


def test_entries_that_lead_back() -> None:
    data = bytearray(zoo.zoo([zoo.File(b"A", zoo.STORED, b"one", b"one")]))
    struct.pack_into("<I", data, 42 + 6, 42)
    with pytest.raises(Corrupt, match="lead back"):
        events(ZooHandler(), bytes(data))


def test_another_method_of_zoo() -> None:
    found = events(ZooHandler(), zoo.zoo([zoo.File(b"A", 9, b"one", b"one")]))
    assert problems(found) == ["A: method 9 is not decoded"]


@pytest.mark.parametrize(("handler", "kind"), [(ArcHandler(), "arc"), (ZooHandler(), "zoo")])
def test_a_member_over_the_limit_is_told_of_and_left(handler: Handler, kind: str) -> None:
    data = (SAMPLES / kind / "methods.in").read_bytes()
    found = events(handler, data, Limits(max_file_size=1000))
    assert {event.limit for event in found if isinstance(event, Problem)} == {"MaxFileSize"}
    assert all(len(content) <= 1000 for content in contents(found).values())
