"""Apple disk images and HFS+ volumes beyond the samples."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import dmg
import hfsplus
from nacre.formats.filesystem.dmg import DmgHandler
from nacre.formats.filesystem.hfsplus import HfsplusHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt, FormatError
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

TEXT = b"".join(b"line %3d of many\n" % number for number in range(241))[:4096]
LZFSE = (Path(__file__).parents[2] / "crates/codecs/tests/lzfse.raw").read_bytes()


def events(
    handler: DmgHandler | HfsplusHandler, data: bytes, limits: Limits | None = None
) -> list[Event]:
    found: list[Event] = []
    try:
        found.extend(handler.extract(Fmap.from_bytes(data), Budget(limits or Limits())))
    except FormatError as error:
        found.append(Problem(str(error)))
    return found


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {
        event.name: event.data.read(0, 1 << 20)
        for event in found
        if isinstance(event, Child) and event.name
    }


def test_partitions_are_typed_as_such() -> None:
    found = events(DmgHandler(), dmg.image({"a": [dmg.chunk(dmg.ADC, TEXT)]}))
    assert contents(found) == {b"a": TEXT}
    assert [event.file_type for event in found if isinstance(event, Child)] == [
        None,
        FileType.PART_ANY,
    ]


def test_lzfse_as_apple_writes_it() -> None:
    found = events(DmgHandler(), dmg.image({"a": [(dmg.LZFSE, LZFSE, 22)]}))
    content = contents(found)[b"a"]
    assert content.startswith(b"line 0 of lzfse")
    assert content[11_055:] == bytes(22 * 512 - 11_055)


def test_a_partition_of_zeros_is_not_made_when_it_is_too_large() -> None:
    image = dmg.image({"huge": [(dmg.ZEROS, b"", 1 << 50)], "a": [dmg.chunk(dmg.ZLIB, TEXT)]})
    found = events(DmgHandler(), image)
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxScanSize"]
    assert contents(found) == {b"a": TEXT}


def test_no_more_partitions_than_allowed() -> None:
    image = dmg.image({str(number): [dmg.chunk(dmg.ZLIB, TEXT)] for number in range(5)})
    found = events(DmgHandler(), image, Limits(max_partitions=3))
    assert len(contents(found)) == 3
    assert found[-1] == Problem("more than 3 partitions", "MaxPartitions")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            b"<plist",
            b"<!ENTITY",
            "property list: not well-formed (invalid token): line 3, column 1",
        ),
        (b"koly", b"kola", "no trailer of a disk image"),
        (b"<data>", b"<dada>", "property list: mismatched tag: line 7, column 2"),
    ],
)
def test_damaged_lists(old: bytes, new: bytes, reason: str) -> None:
    image = dmg.image({"a": [dmg.chunk(dmg.ZLIB, TEXT)]}).replace(old, new)
    found = events(DmgHandler(), image)
    assert isinstance(found[-1], Problem)
    assert found[-1].reason.split(":")[0] == reason.split(":", maxsplit=1)[0]


def test_forks_compressed_in_every_way() -> None:
    size = 11_055
    found = events(
        HfsplusHandler(),
        hfsplus.volume(
            hfsplus.File(
                "a", attribute=hfsplus.decmpfs(12, size), resource=hfsplus.block_fork(LZFSE)
            ),
            hfsplus.File("b", attribute=hfsplus.decmpfs(11, 1500, hfsplus.LZVN.read_bytes())),
            hfsplus.File("c", attribute=hfsplus.decmpfs(9, 9, TEXT)),
        ),
    )
    made = contents(found)
    assert made[b"root/a"][:1500] == made[b"root/b"]
    assert len(made[b"root/a"]) == size
    assert made[b"root/c"] == TEXT[:9]
    assert not any(isinstance(event, Problem) for event in found)


def test_compressed_files_that_are_not_what_they_say() -> None:
    found = events(
        HfsplusHandler(),
        hfsplus.volume(
            hfsplus.File("a", attribute=hfsplus.decmpfs(99, 5)),
            hfsplus.File("b", attribute=b"nothing"),
            hfsplus.File("c", attribute=hfsplus.decmpfs(4, 100)),
            hfsplus.File("d", attribute=hfsplus.decmpfs(4, 1 << 40)),
        ),
    )
    assert [event.reason for event in found if isinstance(event, Problem)] == [
        "root/a: method 99 of compressed files",
        "root/b: no header of a compressed file",
        "root/c: 100 bytes promised, 0 present",
        "root/d: MaxScanSize exceeded: 1099511627776 bytes",
    ]


def test_many_files_in_chained_leaves() -> None:
    files = [hfsplus.File(f"{number:03}", TEXT[number:]) for number in range(60)]
    made = contents(events(HfsplusHandler(), hfsplus.volume(*files)))
    assert made == {f"root/{file.name}".encode(): file.data for file in files}


def test_leaves_chained_in_a_ring_end() -> None:
    data = bytearray(hfsplus.volume(hfsplus.File("a", TEXT)))
    (at,) = struct.unpack_from(">I", data, 1024 + 272 + 16)
    node = at * hfsplus.BLOCK + hfsplus.NODE
    struct.pack_into(">I", data, node, 1)
    assert contents(events(HfsplusHandler(), bytes(data))) == {b"root/a": TEXT}


@pytest.mark.parametrize("at", [1024, 1024 + 40])
def test_a_broken_header_is_none(at: int) -> None:
    data = bytearray(hfsplus.volume(hfsplus.File("a", TEXT)))
    data[at : at + 4] = b"\1\2\3\4"
    with pytest.raises(Corrupt):
        list(HfsplusHandler().extract(Fmap.from_bytes(bytes(data)), Budget(Limits())))
