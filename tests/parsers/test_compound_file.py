from __future__ import annotations

import random
import struct

import pytest

from compound import Tree, compound_file
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, Truncated
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from nacre.parsers.ole2 import STREAM, CompoundFile

NOISE = random.Random(5)  # noqa: S311  repeatable, no secret
TREE: Tree = {
    "small": b"a small stream",
    "large": NOISE.randbytes(20_000),
    "exact": NOISE.randbytes(4096),
    "empty": b"",
    "storage": {"inner": {"deep": NOISE.randbytes(700)}, "other": NOISE.randbytes(5000)},
}
FAT_AT = 512


def opened(data: bytes) -> CompoundFile:
    return CompoundFile(Fmap.from_bytes(data), Budget(Limits()))


def contents(data: bytes) -> dict[tuple[str, ...], bytes]:
    file = opened(data)
    streams = [entry for entry in file.entries() if entry.kind == STREAM]
    return {entry.path: (c := file.content(entry)).read(0, len(c)) for entry in streams}


def flat(tree: Tree, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], bytes]:
    found: dict[tuple[str, ...], bytes] = {}
    for name, value in tree.items():
        inner = {(*path, name): value} if isinstance(value, bytes) else flat(value, (*path, name))
        found |= inner
    return found


@pytest.mark.parametrize("version", [3, 4])
def test_every_stream_is_read(version: int) -> None:
    assert contents(compound_file(TREE, version=version)) == flat(TREE)


def test_a_fat_told_of_by_difat_sectors() -> None:
    tree: Tree = {"first": NOISE.randbytes(9 << 20), "second": NOISE.randbytes(5000)}
    data = compound_file(tree)
    assert struct.unpack_from("<I", data, 72)[0] == 1
    assert contents(data) == flat(tree)
    loop = bytearray(data)  # the DIFAT sector is its own follower
    at = (struct.unpack_from("<I", data, 68)[0] + 1) << 9
    loop[at + 508 : at + 512] = data[68:72]
    assert contents(bytes(loop)) == flat(tree)


def test_no_compound_file() -> None:
    with pytest.raises(Corrupt):
        opened(b"something else")
    with pytest.raises(Truncated):
        opened(compound_file(TREE)[:300])
    with pytest.raises(Corrupt):
        opened(compound_file(TREE)[:512])


def test_chains_that_come_back_end() -> None:
    data = bytearray(compound_file({"large": b"0123456789abcdef" * 1000}))
    fat = (struct.unpack_from("<I", data, 76)[0] + 1) << 9
    data[fat + 10 * 4 : fat + 11 * 4] = struct.pack("<I", 0)
    file = opened(bytes(data))
    entry = next(file.entries())
    assert len(file.content(entry)) == 11 * 512
    assert file.damaged


def test_a_directory_that_comes_back_ends() -> None:
    data = bytearray(compound_file({"one": b"first stream", "two": b"second stream"}))
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) << 9
    for number in range(3):
        for field in (68, 72, 76):
            struct.pack_into("<I", data, directory + number * 128 + field, number)
    assert {path[0] for path in contents(bytes(data))} == {"one", "two"}


def test_streams_that_no_storage_reaches_are_found() -> None:
    data = bytearray(compound_file({"one": b"first stream", "two": b"second stream"}))
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) << 9
    struct.pack_into("<I", data, directory + 76, 0xFFFFFFFF)
    assert contents(bytes(data)) == {("one",): b"first stream", ("two",): b"second stream"}


def test_sizes_beyond_the_file_give_what_is_there() -> None:
    data = bytearray(compound_file({"large": b"x" * 5000}))
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) << 9
    struct.pack_into("<Q", data, directory + 128 + 120, 0x7FFFFFFF)
    assert contents(bytes(data))[("large",)].startswith(b"x" * 5000)


def test_a_mini_stream_longer_than_the_root_says() -> None:
    data = bytearray(compound_file({"one": b"a stream of some length " * 40}))
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) << 9
    struct.pack_into("<Q", data, directory + 120, 0)
    assert contents(bytes(data)) == {("one",): b"a stream of some length " * 40}


def test_a_header_that_calls_other_streams_small() -> None:
    small, large = b"a stream of some length " * 40, NOISE.randbytes(5000)
    for cutoff in (0, 1 << 31):
        data = bytearray(compound_file({"large": large, "small": small}))
        struct.pack_into("<I", data, 56, cutoff)
        file = opened(bytes(data))
        found = set()
        for entry in file.entries():
            contents = (file.content(entry), file.other_content(entry))
            found |= {content.read(0, 9999) for content in contents if content is not None}
        assert {small, large} <= found
        assert file.damaged


def test_sectors_of_odd_sizes_are_told() -> None:
    data = bytearray(compound_file(TREE))
    struct.pack_into("<H", data, 30, 7)
    assert opened(bytes(data)).damaged


def test_a_directory_that_is_cut_is_told() -> None:
    tree: Tree = {f"stream {number}": b"content" for number in range(20)}
    data = compound_file(tree)
    directory = struct.unpack_from("<I", data, 48)[0]
    fat = (struct.unpack_from("<I", data, 76)[0] + 1) << 9
    for follower in (directory, 0xFFFFFFFE):  # itself, or no other
        cut = bytearray(data)
        struct.pack_into("<I", cut, fat + 4 * directory, follower)
        file = opened(bytes(cut))
        assert len(list(file.entries())) < len(tree)
        assert file.damaged
