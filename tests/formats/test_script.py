"""Scripts with an archive behind them."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from nacre.filetype import own_type
from nacre.formats.archive.script import ScriptHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

LINES = b"#!/bin/sh\n# shell archive\ntail -n +4 $0 | tar xz\n"
PACKED = gzip.compress(b"the content", mtime=0)


def events(data: bytes) -> list[Event]:
    assert own_type(Fmap.from_bytes(data)) is FileType.SCRIPT_SFX
    return list(ScriptHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def contents(data: bytes) -> list[bytes]:
    return [event.data.read(0, 1 << 24) for event in events(data) if isinstance(event, Child)]


@pytest.mark.parametrize(
    "front", [LINES, LINES + b"\n\x1f\x8b\x08\xff" * 100 + b"\n", LINES + b"x" * 2_000_000 + b"\n"]
)
def test_an_archive_is_found(front: bytes) -> None:
    assert contents(front + PACKED) == [PACKED]


def test_an_archive_hides_none_behind_it() -> None:
    assert contents(LINES + PACKED + b"\n" + PACKED)[1] == PACKED


def test_tar() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("name"))
    assert contents(LINES + made.getvalue()) == [made.getvalue()]


def test_more_than_are_opened_is_told() -> None:
    assert events(LINES + (PACKED + b"\n") * 65)[-1] == Problem("more than 64 archives")


@pytest.mark.parametrize("data", [LINES, b"# no script\n" + PACKED, LINES + b"x" + PACKED])
def test_nothing(data: bytes) -> None:
    assert own_type(Fmap.from_bytes(data)) is not FileType.SCRIPT_SFX


def test_one_place_found_in_two_ways_counts_once() -> None:
    both = bytearray(512)
    both[: len(PACKED)] = PACKED
    both[257:263] = b"ustar\0"
    last = io.BytesIO()
    with tarfile.open(fileobj=last, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    found = events(LINES + (PACKED + b"\n") * 63 + bytes(both) + b"\n" + last.getvalue())
    assert found[-1] == Problem("more than 64 archives")
