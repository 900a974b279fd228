"""Symbian packages: what their records may say beyond the samples."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import sis
from nacre.filetype import own_type
from nacre.formats.archive.sis import SisHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

SAMPLES = Path(__file__).parents[2] / "samples/archive/sis"
TEXT = b"one line\n" * 20


def events(data: bytes) -> list[Event]:
    return list(SisHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def contents(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, 9999) for event in found if isinstance(event, Child)]


def test_files_that_are_not_compressed() -> None:
    assert contents(events(sis.old([("a", [TEXT])], options=sis.NOT_COMPRESSED))) == [TEXT]


def test_a_record_of_unknown_kind_is_passed_over() -> None:
    data = bytearray(sis.old([("a", [TEXT])], options=sis.NOT_COMPRESSED))
    struct.pack_into("<I", data, sis.HEADER, 9)
    struct.pack_into("<I", data, sis.HEADER + 4, 0)
    handler = SisHandler().extract(Fmap.from_bytes(bytes(data)), Budget(Limits()))
    assert next(handler) == Problem("record 0 is of unknown kind 9")


@pytest.mark.parametrize("number", [0x10003A12, 0x10003A13])
def test_all_but_release_5_is_release_6(number: int) -> None:
    package = (SAMPLES / "release-6.in").read_bytes()
    changed = package[:4] + struct.pack("<I", number) + package[8:]
    assert contents(events(changed)) == contents(events(package))


def test_fields_nested_beyond_reason() -> None:
    body = sis.compressed(TEXT)
    for _ in range(100):
        body = sis.field(12, body)
    found = events(struct.pack("<4I", 0x10201A7A, 0, 0, 0) + body)
    assert found == [Problem("fields nested too deeply are not looked at")]


def test_a_field_with_a_long_length() -> None:
    body = sis.compressed(TEXT)
    long = struct.pack("<3I", 32, 1 << 31 | len(body), 0) + body
    assert contents(events(struct.pack("<4I", 0x10201A7A, 0, 0, 0) + long)) == [TEXT]


def test_packages_of_symbian_9_have_no_type_in_clamav() -> None:
    assert own_type(Fmap.from_bytes(sis.new(TEXT))) is FileType.SIS


def test_neither_kind() -> None:
    with pytest.raises(Corrupt):
        events(bytes(100))
