"""ARJ, LHA, KWAJ and SZDD: what their headers may say."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from formats import kwaj_files
from nacre import _native
from nacre.codecs import lha
from nacre.formats.archive.arj import ArjHandler
from nacre.formats.archive.cpio import CpioHandler
from nacre.formats.archive.lha import LhaHandler
from nacre.formats.compression.kwaj import KwajHandler
from nacre.formats.compression.szdd import SzddHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, Truncated
from nacre.model.event import Child, Event, Member, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from nacre.formats.base import Handler

SAMPLES = Path(__file__).parents[2] / "samples/archive"
TEXT = b"".join(b"line %d of a text\n" % (number * 31 % 97) for number in range(5000))


def events(handler: Handler, data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(0)
    return list(handler.extract(Fmap.from_bytes(data), budget))


def contents(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, len(event.data)) for event in found if isinstance(event, Child)]


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def test_an_arj_archive_with_a_wrong_checksum_is_opened_all_the_same() -> None:
    data = bytearray((SAMPLES / "arj/method-1.in").read_bytes())
    data[12] ^= 1
    assert len(contents(events(ArjHandler(), bytes(data)))) == 2


def test_what_only_begins_like_arj() -> None:
    with pytest.raises(Corrupt):
        events(ArjHandler(), b"\x60\xea\x22\0" + bytes(2000))


@pytest.mark.parametrize(
    ("kind", "handler"), [("arj/method-1", ArjHandler()), ("lha/level-2", LhaHandler())]
)
def test_a_member_over_the_limit_is_told_of_and_left(kind: str, handler: Handler) -> None:
    data = (SAMPLES / f"{kind}.in").read_bytes()
    found = events(handler, data, Limits(max_file_size=1500))
    assert [len(content) for content in contents(found)] == [1270]
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


def lha_member(method: bytes, packed: bytes, size: int, content: bytes = b"") -> bytes:
    """A header of level 0."""
    crc = _native.checksum("crc16", Fmap.from_bytes(content or packed))
    head = struct.pack("<IIIBBB", len(packed), size, 0, 0x20, 0, 4)
    body = method + head + b"name" + struct.pack("<H", crc)
    return bytes((len(body), sum(body) & 0xFF)) + body + packed


@pytest.mark.parametrize("method", [b"-lh0-", b"-lz4-", b"-pm0-"])
def test_stored_in_lha(method: bytes) -> None:
    found = events(LhaHandler(), lha_member(method, TEXT, len(TEXT)) + b"\0")
    assert found[0] == Member(b"name", len(TEXT), len(TEXT), 0)
    assert contents(found) == [TEXT]


@pytest.mark.parametrize("method", [b"-lh2-", b"-lh3-", b"-lh8-"])
def test_methods_that_are_not_decoded(method: bytes) -> None:
    found = events(LhaHandler(), lha_member(method, b"packed", 100) * 2)
    assert problems(found) == [f"name: method {method.decode()} is not decoded"] * 2


def test_lzs() -> None:
    """Eleven bits of place and four of length in a ring of 2048 spaces."""
    bits = (
        "".join(f"1{byte:08b}" for byte in b"abcd")
        + f"0{2048 - 17:011b}{4:04b}"
        + f"0{5:011b}{0:04b}"
    )
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    found = events(LhaHandler(), lha_member(b"-lzs-", packed, 12, b"abcdabcdab  "))
    assert contents(found) == [b"abcdabcdab  "]
    assert not problems(found)


def test_all_methods_of_lha_meet_their_end() -> None:
    for method in lha.METHODS:
        found = events(LhaHandler(), lha_member(method, b"", 1000))
        assert problems(found) == ["name: the compressed data ends early after 0 bytes"], method


def test_an_extended_header_of_no_size() -> None:
    body = b"-lh0-" + struct.pack("<IIIBBH", 0, 0, 0, 0x20, 2, 0) + b"U" + struct.pack("<H", 2)
    with pytest.raises(Corrupt, match="extended header"):
        events(LhaHandler(), struct.pack("<H", 2 + len(body)) + body)


@pytest.mark.parametrize(
    "packed",
    [
        kwaj_files.kwaj(0, TEXT),
        kwaj_files.kwaj(1, kwaj_files.turned(TEXT), name=b"name.txt"),
        kwaj_files.kwaj(2, kwaj_files.lzss(TEXT), size=len(TEXT)),
        kwaj_files.kwaj(3, kwaj_files.lzh(TEXT)),
        kwaj_files.kwaj(3, kwaj_files.lzh(TEXT, (3, 2, 1, 2, 1))),
        kwaj_files.kwaj(4, kwaj_files.mszip(TEXT), size=len(TEXT)),
    ],
)
def test_kwaj(packed: bytes) -> None:
    assert contents(events(KwajHandler(), packed)) == [TEXT]


@pytest.mark.parametrize("method", [0, 2, 3])
def test_a_cut_kwaj_file_that_says_its_size(method: int) -> None:
    packed = (TEXT, b"", kwaj_files.lzss(TEXT), kwaj_files.lzh(TEXT))[method]
    cut = kwaj_files.kwaj(method, packed[: len(packed) // 2], size=len(TEXT))
    found = events(KwajHandler(), cut)
    assert any(isinstance(event, Child) for event in found)
    assert [isinstance(event, Problem) for event in found].count(True) == 1


def test_szdd() -> None:
    packed = kwaj_files.lzss(TEXT, 4096 - 16)
    newer = b"SZDD\x88\xf0\x27\x33A_" + struct.pack("<I", len(TEXT)) + packed
    assert contents(events(SzddHandler(), newer)) == [TEXT]
    promised = newer[:10] + struct.pack("<I", len(TEXT) + 9) + packed
    assert problems(events(SzddHandler(), promised)) == [
        f"{len(TEXT)} of {len(TEXT) + 9} bytes present"
    ]


@pytest.mark.parametrize(
    "lies", [{2: 0x53}, {3: 1}, {2: 0x53, 12: 7}, {79: 0x38}, {79: 0x38, 90: 7}]
)
def test_sizes_of_arj_headers_that_lie(lies: dict[int, int]) -> None:
    data = bytearray((SAMPLES / "arj/comment.in").read_bytes())
    whole = contents(events(ArjHandler(), bytes(data)))
    for at, value in lies.items():
        data[at] = value
    assert contents(events(ArjHandler(), bytes(data))) == whole


def test_what_is_behind_the_end_of_an_lha_archive() -> None:
    first = lha_member(b"-lh0-", TEXT, len(TEXT))
    assert contents(events(LhaHandler(), first + b"\0" + b"another file")) == [
        TEXT,
        b"another file",
    ]
    assert contents(events(LhaHandler(), first + bytes(300))) == [TEXT]


def test_a_header_of_lha_longer_than_the_archive_is_told() -> None:
    data = bytearray((SAMPLES / "lha/level-2.in").read_bytes())
    data[1] = 0xFF  # the high byte of its size
    with pytest.raises(Truncated, match="a header of"):
        events(LhaHandler(), bytes(data))


def test_entries_of_cpio_that_are_lost_are_told() -> None:
    data = bytearray((SAMPLES / "cpio/newc.in").read_bytes())
    second = data.index(b"070701", 6)
    data[second] = 0
    found = events(CpioHandler(), bytes(data))
    assert problems(found) == [f"no header at {second}: the rest is scanned as it is"]
