"""Compiled help: sections, intervals, damage."""

from __future__ import annotations

import pytest

from formats.cabinets import FRAME
from formats.help_files import CHUNK, help_file
from nacre.formats.archive.chm import ChmHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

INTERVAL = 2 * FRAME
PAGES = {
    b"/page%d.htm" % page: b"".join(
        b"page %d, line %d\n" % (page, line * 37 % 997) for line in range(2400)
    )
    for page in range(6)
}


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    budget = Budget(limits or Limits())
    budget.charge(len(data))
    return list(ChmHandler().extract(Fmap.from_bytes(data), budget))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {
        event.name: event.data.read(0, len(event.data))
        for event in found
        if isinstance(event, Child)
    }


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


@pytest.mark.parametrize("window_bits", [15, 16, 17, 18])
@pytest.mark.parametrize("version", [2, 3])
def test_both_sections(window_bits: int, version: int) -> None:
    stored = {b"/#SYSTEM": b"stored as it is"}
    found = events(help_file(stored, PAGES, window_bits=window_bits, version=version))
    assert contents(found) == {**stored, **PAGES}
    assert not problems(found)


def damaged() -> tuple[bytes, int]:
    """A help file with damage in the second of its intervals, and where that begins."""
    whole = bytearray(help_file({}, PAGES))
    content = whole.rindex(b"PMGL") + CHUNK + 4
    table = whole.index(b"\x08\0\0\0\x28\0\0\0") + 32
    second = int.from_bytes(whole[table + 16 : table + 24], "little")
    whole[content + second + 600 : content + second + 608] = b"\xff" * 8
    return bytes(whole), INTERVAL


def test_what_follows_damage_is_decoded() -> None:
    data, start = damaged()
    found = events(data)
    got = contents(found)
    assert problems(found) == ["the compressed section is damaged"]
    at = 0
    for name, page in PAGES.items():
        touched = at < start + INTERVAL and at + len(page) > start
        assert (got[name] == page) is not touched
        assert len(got[name]) == len(page)
        at += len(page)


def test_without_a_table_of_resets_what_precedes_damage_is_left() -> None:
    data, start = damaged()
    found = events(data.replace(b"ResetTable", b"resettable"))
    assert problems(found)[0] == "the compressed section is damaged"
    assert b"".join(contents(found).values())[:start] == b"".join(PAGES.values())[:start]


def test_a_page_over_the_limit_is_cut() -> None:
    found = events(help_file({}, PAGES), Limits(max_file_size=30_000))
    assert set(map(len, contents(found).values())) == {30_000}
    assert len(problems(found)) == len(PAGES)


def test_a_listing_that_ends_within_an_entry() -> None:
    data = bytearray(help_file({b"/one.htm": b"stored"}, {}))
    place = data.index(b"/one.htm")
    data[place - 1] = 0xFF  # a name longer than the chunk
    assert events(bytes(data)) == []


def test_a_directory_without_its_mark() -> None:
    whole = help_file({b"/#SYSTEM": b"stored as it is"}, PAGES)
    assert contents(events(whole.replace(b"ITSP", b"ITxx"))) == contents(events(whole))


def test_a_size_of_the_directory_that_lies() -> None:
    """What is behind it has no place of its own in version 2."""
    whole = bytearray(help_file({b"/#SYSTEM": b"stored as it is"}, PAGES, version=2))
    whole[80:88] = (12345).to_bytes(8, "little")
    assert contents(events(bytes(whole))) == {b"/#SYSTEM": b"stored as it is", **PAGES}
