"""ELF files that UPX packed become the files they were; lies and damage are bounded."""

from __future__ import annotations

import hashlib
import lzma
import random
import struct
from pathlib import Path

import pytest

from nacre.executables import Program, Unpacked
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

SAMPLES = Path(__file__).parents[2] / "samples/executable/elf"
ORIGINALS = {
    "upx-nrv2b": "6003081f2986743adda97c5de965f1702f1a3e06f79c88af61969a06d8a16788",
    "upx-nrv2d": "f2ae425478f6d55f08fe41cb0d086d70767eeca0fdfedcbbca19f6c39beb8c82",
    "upx-nrv2e": "6003081f2986743adda97c5de965f1702f1a3e06f79c88af61969a06d8a16788",
    "upx-lzma": "6003081f2986743adda97c5de965f1702f1a3e06f79c88af61969a06d8a16788",
    "upx-library": "8b25cae3eddbcf9558857bf4107622ea5919070b30a93a9ce0997043f487308b",
}
"""SHA-256 of what was packed."""
MOST = 1 << 20
_TABLE = 64
_INFO = _TABLE + 56
_LOAD = 1


def unpack(data: bytes, most: int = MOST) -> Unpacked | None:
    return Program(Fmap.from_bytes(data), FileType.ELF).unpack(["UPX"], most)


def content(unpacked: Unpacked | None) -> bytes:
    assert unpacked is not None
    assert unpacked.file is not None
    return unpacked.file.read(0, len(unpacked.file))


def sample(name: str) -> bytearray:
    return bytearray((SAMPLES / f"{name}.in").read_bytes())


def header(segments: list[tuple[int, int]]) -> bytes:
    """Headers of a program with segments at these offsets and of these sizes."""
    identity = b"\x7fELF\2\1\1".ljust(16, b"\0")
    sizes = (64, 56, len(segments), 64, 0, 0)
    first = struct.pack("<HHIQQQI6H", 2, 62, 1, 0x400000, _TABLE, 0, 0, *sizes)
    table = [struct.pack("<IIQQQQQQ", _LOAD, 5, at, at, at, size, size, 1) for at, size in segments]
    return identity + first + b"".join(table)


def block(plain: bytes, packed: bytes | None = None, method: int = 0) -> bytes:
    stored = plain if packed is None else packed
    return struct.pack("<IIBBBB", len(plain), len(stored), method, 0, 0, 0) + stored


def lzma_block(plain: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 1 << 20}]
    packed = lzma.compress(plain, lzma.FORMAT_RAW, filters=filters)
    return block(plain, b"\x1a\x03" + packed, 14)


def program(blocks: list[bytes], between: list[bytes] | None = None, size: int = 0) -> bytes:
    """A packed program with these blocks for its segments, and for what lies between them."""
    body = b"".join(blocks)
    end = _INFO + 24 + len(body)
    info = struct.pack("<I4sHBB", 0, b"UPX!", 0, 13, 22) + struct.pack("<III", 0, size, size)
    gaps = bytes(-end % 4) + b"".join(between or ()) + struct.pack("<I4s", 0, b"UPX!")
    return header([(0, end)]) + info + body + gaps


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_original_comes_out(name: str) -> None:
    unpacked = unpack(bytes(sample(name)))
    assert hashlib.sha256(content(unpacked)).hexdigest() == ORIGINALS[name]
    assert unpacked is not None
    assert unpacked.whole


@pytest.mark.parametrize("name", ["upx-nrv2b", "upx-nrv2d"])
def test_magic_and_sizes_are_not_needed(name: str) -> None:
    """As in programs whose headers somebody overwrote, so that UPX does not know them."""
    data = sample(name)
    at = data.index(b"UPX!") - 4
    data[at : at + 24] = bytes(24)
    data[-36:] = bytes(36)
    unpacked = unpack(bytes(data))
    assert hashlib.sha256(content(unpacked)).hexdigest() == ORIGINALS[name]


def test_a_size_that_lies_is_told() -> None:
    data = sample("upx-nrv2b")
    at = data.index(b"UPX!") + 12
    data[at : at + 4] = bytes.fromhex("ffffffff")
    unpacked = unpack(bytes(data))
    assert hashlib.sha256(content(unpacked)).hexdigest() == ORIGINALS["upx-nrv2b"]
    assert unpacked is not None
    assert not unpacked.whole


def test_what_is_behind_damage_is_unpacked() -> None:
    data = sample("upx-nrv2b")
    first = data.index(b"UPX!") + 20
    second = first + 12 + int.from_bytes(data[first + 4 : first + 8], "little")
    data[second + 12 + 40 : second + 12 + 60] = bytes(20)
    unpacked = unpack(bytes(data))
    assert b"The quick brown fox packs five dozen programs" in content(unpacked)
    assert unpacked is not None
    assert not unpacked.whole


def test_blocks_go_to_their_segments_and_between() -> None:
    head = header([(0, 300), (400, 100)])
    rest = 300 - len(head)
    blocks = [block(head), block(b"a" * 50), lzma_block(b"b" * (rest - 50)), block(b"c" * 100)]
    packed = program(blocks, [block(b"-" * 100), lzma_block(b"tail" * 30)])
    plain = head + b"a" * 50 + b"b" * (rest - 50) + b"-" * 100 + b"c" * 100 + b"tail" * 30
    unpacked = unpack(packed)
    assert content(unpacked) == plain
    assert unpacked is not None
    assert unpacked.whole


def test_a_block_of_another_size_than_its_segment_ends_them() -> None:
    head = header([(0, 300), (400, 100)])
    unpacked = unpack(program([block(head), block(b"x" * 500)]))
    assert content(unpacked)[:300] == head
    assert unpacked is not None
    assert not unpacked.whole


@pytest.mark.parametrize(
    "place", [(1 << 40, 16), (MOST, 1), (2**64 - 1, 2**64 - 1), (16, 2**64 - 1)]
)
def test_segments_too_far_away_are_not_made(place: tuple[int, int]) -> None:
    unpacked = unpack(program([block(header([place])), *[block(b"x")] * 20]))
    assert unpacked is not None
    assert unpacked.file is None or len(unpacked.file) <= MOST
    assert not unpacked.whole


def test_segments_over_each_other_are_filled_a_few_times() -> None:
    """A hundred segments with the same place: a file of 20 kB that could cost 100 MB."""
    size = MOST - 1
    filling = lzma_block(bytes(size))
    unpacked = unpack(program([block(header([(0, size)] * 100)), *[filling] * 100]))
    assert unpacked is not None
    assert not unpacked.whole


def test_thousands_of_blocks_end() -> None:
    tiny = block(b"x")
    head = header([(0, 1 << 19)])
    unpacked = unpack(program([block(head), *[tiny] * 100_000]))
    assert content(unpacked).startswith(head + b"xxxx")
    assert unpacked is not None
    assert not unpacked.whole


def test_wide_tables_of_lzma_are_paid_for() -> None:
    """Contexts of twelve bits ask for tables of 6 MB, for a block of 20 bytes."""
    wide = block(bytes(20), b"\x60\x48" + bytes(10), 14)
    unpacked = unpack(program([block(header([(0, 1 << 19)])), *[wide] * 1000]))
    assert unpacked is not None
    assert not unpacked.whole


def test_what_would_be_too_large_is_not_made() -> None:
    unpacked = unpack(bytes(sample("upx-nrv2b")), 10_000)
    assert unpacked is not None
    assert unpacked.file is None
    assert unpacked.size is not None
    assert unpacked.size > 10_000


def test_only_asked_packers_are_undone() -> None:
    program = Program(Fmap.from_bytes(bytes(sample("upx-lzma"))), FileType.ELF)
    assert program.unpack(["FSG"], MOST) is None


@pytest.mark.parametrize("name", ["64-bit", "cut"])
def test_others_are_not_packed(name: str) -> None:
    assert unpack(bytes(sample(name))) is None


@pytest.mark.parametrize("name", ORIGINALS)
def test_damage_is_bounded(name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - a test's
    for _ in range(300):
        data = sample(name)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(chance.choice((0x200, len(data))))
            data[at] = chance.choice((0, 0xFF, chance.randrange(256), data[at] ^ 1))
        unpacked = unpack(bytes(data[: chance.choice((len(data), chance.randrange(len(data))))]))
        assert unpacked is None or unpacked.file is None or len(unpacked.file) <= MOST


def test_a_table_at_the_end_of_all_numbers() -> None:
    first = struct.pack("<HHIQQQI6H", 2, 62, 1, 0, (1 << 64) - 1, 0, 0, 64, 56, 0, 64, 0, 0)
    assert unpack(b"\x7fELF\2\1\1".ljust(16, b"\0") + first) is None
