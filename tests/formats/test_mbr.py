"""Disk images with a master boot record that do not end where they seem to."""

from __future__ import annotations

import struct
from pathlib import Path

import nacre
from nacre.formats.filesystem.mbr import MbrHandler
from nacre.model.budget import Budget
from nacre.model.event import Child, Event
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

PRIMARY = Path(__file__).parents[2] / "samples/filesystem/mbr/primary.in"
FIRST_ENTRY = 446


def events(data: bytes) -> list[Event]:
    return list(MbrHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def test_a_partition_that_is_the_whole_disk_is_the_layer(tmp_path: Path) -> None:
    # As in ISO images that may be put on a stick.
    data = bytearray(PRIMARY.read_bytes())
    struct.pack_into("<II", data, FIRST_ENTRY + 8, 0, len(data) // 512)
    names = [event.name for event in events(bytes(data)) if isinstance(event, Child)]
    assert names == [b"boot record", b"partition 2"]
    (tmp_path / "a.hsb").write_text(f"{'0' * 64}:1:None:73\n")
    report = nacre.Scanner(nacre.Database.open(tmp_path)).scan_bytes(bytes(data))
    assert not report.incomplete


def test_a_table_without_an_entry_holds_nothing() -> None:
    data = bytearray(PRIMARY.read_bytes())
    data[FIRST_ENTRY : FIRST_ENTRY + 64] = b"\0\xff\xff\xff" * 2 + bytes(8) + bytes(48)
    data[FIRST_ENTRY + 4] = 0
    assert events(bytes(data)) == []
