"""Installers of NSIS that makensis does not write, and what they may say that is not so."""

from __future__ import annotations

import lzma
import struct
from pathlib import Path

import pytest

from nacre.formats.installer.nsis import NsisHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/installer/nsis"
CALLS = b"".join(b"\xe8" + struct.pack("<i", 1000 - number) + b"code" for number in range(300))
PACKED = 1 << 31
LZMA = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}


def installer(script_size: int, pieces: bytes) -> bytes:
    size = 28 + len(pieces) + 4
    magic = b"\xef\xbe\xad\xdeNullsoftInst"
    return struct.pack("<I16s2I", 0, magic, script_size, size) + pieces + b"CRC!"


def piece(content: bytes, packed: int = 0) -> bytes:
    return struct.pack("<I", len(content) | packed) + content


def packed_lzma(content: bytes, *, filtered: bool) -> bytes:
    filters = [LZMA]
    if filtered:
        filters.insert(0, {"id": lzma.FILTER_X86})
    properties = b"\x5d" + struct.pack("<I", 1 << 20)
    return bytes([filtered]) + properties + lzma.compress(content, lzma.FORMAT_RAW, filters=filters)


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    found: list[Event] = []
    for event in NsisHandler().extract(Fmap.from_bytes(data), budget):
        if isinstance(event, Child):
            budget.charge(len(event.data))
        found.append(event)
    return found


def contents(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, 1 << 20) for event in found if isinstance(event, Child)]


def reasons(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.parametrize("filtered", [False, True])
def test_a_byte_before_lzma_says_whether_it_was_filtered(*, filtered: bool) -> None:
    content = packed_lzma(CALLS, filtered=filtered)
    found = events(installer(6, piece(b"script") + piece(content, PACKED)))
    assert contents(found) == [b"script", CALLS]
    assert not reasons(found)
    solid = packed_lzma(piece(b"script") + piece(CALLS), filtered=filtered)
    found = events(installer(6, solid))
    assert contents(found) == [b"script", CALLS]
    assert not reasons(found)


def test_a_file_over_the_limit_does_not_hide_the_next() -> None:
    data = installer(
        6, piece(b"script") + piece(packed_lzma(CALLS, filtered=False), PACKED) + piece(b"last")
    )
    found = events(data, Limits(max_file_size=1000))
    assert contents(found) == [b"script", b"last"]
    problems = [event for event in found if isinstance(event, Problem)]
    assert [event.limit for event in problems] == ["MaxFileSize"]


def test_a_solid_installer_over_the_limit_is_scanned_as_far_as_it_goes() -> None:
    data = (SAMPLES / "lzma-solid.in").read_bytes()
    found = events(data, Limits(max_scan_size=6000))
    assert len(contents(found)) == 1
    assert any(isinstance(event, Problem) and event.limit == "MaxScanSize" for event in found)


def test_many_empty_pieces() -> None:
    found = events(installer(6, piece(b"script") + bytes(4 * 10_000)))
    assert contents(found) == [b"script"]
