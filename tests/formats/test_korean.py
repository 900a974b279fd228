"""ALZ and EGG: what their headers may say beyond the samples."""

from __future__ import annotations

import pytest

import alz
import egg
from nacre.formats.archive.alz import AlzHandler
from nacre.formats.archive.egg import EggHandler
from nacre.model.budget import Budget
from nacre.model.errors import FormatError
from nacre.model.event import Child, Event, Member, Problem
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

TEXT = b"one line\n" * 20


def events(
    handler: AlzHandler | EggHandler, data: bytes, limits: Limits | None = None
) -> list[Event]:
    found: list[Event] = []
    try:
        found.extend(handler.extract(Fmap.from_bytes(data), Budget(limits or Limits())))
    except FormatError as error:
        found.append(Problem(str(error)))
    return found


def contents(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, 9999) for event in found if isinstance(event, Child)]


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def test_alz_goes_on_behind_what_is_no_member() -> None:
    data = alz.archive(alz.member(b"a", TEXT), b"garbage", alz.member(b"b", TEXT[9:]))
    found = events(AlzHandler(), data)
    assert contents(found) == [TEXT, TEXT[9:]]
    assert len(problems(found)) == 1


def test_alz_that_promises_more() -> None:
    found = events(AlzHandler(), alz.archive(alz.member(b"a", TEXT, alz.STORED))[:90])
    assert problems(found) == ["a: 180 bytes promised, 54 present"]
    assert contents(found) == [TEXT[:54]]


def test_alz_with_sizes_of_a_strange_width() -> None:
    assert problems(events(AlzHandler(), alz.archive(alz.member(b"a", b"", width=5)))) == [
        "sizes of 5 bytes"
    ]


@pytest.mark.parametrize("flags", [0, 1 << 3, 1 << 4, 3 << 3])
def test_egg_names_behind_code_page_and_parent(flags: int) -> None:
    before = bytes(2 * (flags >> 3 & 1) + 4 * (flags >> 4))
    body = egg.file(b"", len(TEXT), egg.block(TEXT))
    named = body.replace(egg.field(egg.NAME, b""), egg.field(egg.NAME, before + b"name", flags))
    found = events(EggHandler(), egg.archive(named))
    assert [event.name for event in found if isinstance(event, Child | Member)] == [b"name"] * 2


def test_egg_of_blocks_that_are_too_large_together() -> None:
    blocks = [egg.block(bytes(3000))] * 3
    data = egg.archive(egg.file(b"a", 9000, *blocks), egg.file(b"b", 180, egg.block(TEXT)))
    found = events(EggHandler(), data, Limits(max_file_size=5000))
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]
    assert contents(found) == [TEXT]


def test_egg_fields_of_unknown_kinds_are_told_once() -> None:
    fields = egg.field(0x12345678, b"strange") * 3
    data = egg.archive(egg.file(b"a", len(TEXT), egg.block(TEXT), fields=fields))
    found = events(EggHandler(), data)
    assert problems(found) == ["a field of unknown kind 12345678 is skipped"]
    assert contents(found) == [TEXT]


def test_egg_split_and_comment_of_the_archive() -> None:
    fields = egg.field(egg.SPLIT, bytes(8)) + egg.field(egg.COMMENT, b"the comment")
    found = events(EggHandler(), egg.archive(fields=fields))
    assert problems(found) == ["a volume of a split archive, the others are missing"]
    assert contents(found) == [b"the comment"]


def test_egg_encrypted_and_solid() -> None:
    fields = egg.field(egg.SOLID, b"")
    locked = egg.file(b"a", 9, egg.block(TEXT), fields=egg.field(egg.ENCRYPTION, bytes(17)))
    found = events(EggHandler(), egg.archive(locked, fields=fields))
    assert problems(found) == ["encrypted members of a solid archive"]
