"""Layers that are one compressed stream."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from nacre.formats.registry import handler_for
from nacre.model.budget import Budget
from nacre.model.errors import LimitExceeded
from nacre.model.event import Child, Event, Finding, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

STREAMS: list[tuple[FileType, Callable[[bytes], bytes]]] = [
    (FileType.GZ, gzip.compress),
    (FileType.BZ, bz2.compress),
    (FileType.XZ, lzma.compress),
    (FileType.LZMA, lambda data: lzma.compress(data, lzma.FORMAT_ALONE)),
]
CONTENT = b"content of a stream"
each_stream = pytest.mark.parametrize(
    ("file_type", "compress"), STREAMS, ids=[file_type.value for file_type, _ in STREAMS]
)


def events(file_type: FileType, data: bytes, limits: Limits | None = None) -> list[Event]:
    handler = handler_for(file_type)
    assert handler
    return list(handler.extract(Fmap.from_bytes(data), Budget(limits or Limits())))


@each_stream
@pytest.mark.parametrize("size", [6, 100_000, 9 << 20])
def test_content(file_type: FileType, compress: Callable[[bytes], bytes], size: int) -> None:
    content = os.urandom(50) + bytes(size)
    [child] = events(file_type, compress(content))
    assert isinstance(child, Child)
    assert child.data.digest("sha256") == Fmap.from_bytes(content).digest("sha256")


@each_stream
def test_exactly_the_limit_is_scanned_and_one_byte_more_is_not(
    file_type: FileType, compress: Callable[[bytes], bytes]
) -> None:
    data = compress(bytes(5000))
    assert len(events(file_type, data, Limits(max_file_size=5000))) == 1
    with pytest.raises(LimitExceeded, match="MaxFileSize"):
        events(file_type, data, Limits(max_file_size=4999))
    with pytest.raises(LimitExceeded, match="MaxScanSize"):
        events(file_type, data, Limits(max_scan_size=4999))


@each_stream
def test_time(file_type: FileType, compress: Callable[[bytes], bytes]) -> None:
    handler = handler_for(file_type)
    assert handler
    budget = Budget(Limits(max_scan_time=1))
    data = Fmap.from_bytes(compress(bytes(1 << 20)))
    time.sleep(0.002)
    with pytest.raises(LimitExceeded, match="MaxScanTime"):
        list(handler.extract(data, budget))


def test_a_dictionary_above_one_gib() -> None:
    data = bytearray(lzma.compress(b"content"))
    size = (data[12] + 1) * 4
    block = data[12 : 12 + size]
    block[block.index(b"\x21\x01") + 2] = 37
    block[-4:] = zlib.crc32(block[:-4]).to_bytes(4, "little")
    data[12 : 12 + size] = block
    finding, problem = events(FileType.XZ, bytes(data))
    assert finding == Finding("Heuristics.XZ.DicSizeLimit")
    assert isinstance(problem, Problem)


def test_a_quine_costs_one_layer_each() -> None:
    # A stream whose content is a stream again and again: the handler opens one, the engine counts.
    data = b"the innermost content"
    for _ in range(30):
        data = gzip.compress(data)
    [child] = events(FileType.GZ, data)
    assert isinstance(child, Child)
    assert child.data.read(0, 2) == b"\x1f\x8b"


@each_stream
def test_what_is_behind_a_stream(file_type: FileType, compress: Callable[[bytes], bytes]) -> None:
    data = compress(CONTENT)
    for padding in (b"", bytes(100_000)):
        found = events(file_type, data + padding + b"another file")
        assert [event.data.read(0, 99) for event in found if isinstance(event, Child)] == [
            CONTENT,
            b"another file",
        ]
    assert len(events(file_type, data + bytes(512))) == 1


def content(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, len(event.data)) for event in found if isinstance(event, Child)]


def test_the_first_of_several_bzip2_streams_is_a_file_as_well() -> None:
    one, two = bz2.compress(b"one"), bz2.compress(b"two")
    assert content(events(FileType.BZ, one + two)) == [b"one", b"onetwo"]
    damaged = two[:-9] + bytes(9)
    assert content(events(FileType.BZ, one + damaged))[0] == b"one"


@pytest.mark.parametrize(
    ("file_type", "form"), [(FileType.XZ, lzma.FORMAT_XZ), (FileType.LZMA, lzma.FORMAT_ALONE)]
)
def test_what_is_before_damage_in_a_short_file(file_type: FileType, form: int) -> None:
    plain = b"%x" % 7**3000
    packed = bytearray(lzma.compress(plain, form))
    packed[700:710] = bytes(10)
    (found,) = content(events(file_type, bytes(packed)))
    assert found[:1000] == plain[:1000]


def test_a_size_before_lzma_that_lies() -> None:
    packed = bytearray(lzma.compress(CONTENT * 99, lzma.FORMAT_ALONE))
    packed[5:13] = (1 << 40).to_bytes(8, "little")
    assert content(events(FileType.LZMA, bytes(packed))) == [CONTENT * 99]


@pytest.mark.parametrize("file_type", [FileType.ZSTD, FileType.LZ4])
def test_a_frame_to_skip_that_is_longer_than_the_file(file_type: FileType) -> None:
    found = events(file_type, b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + CONTENT)
    assert [type(event) for event in found] == [Problem]


def test_lz4_behind_a_frame_to_skip() -> None:
    """To its first bytes it is Zstandard."""
    frame = b"\x04\x22\x4d\x18\x40\x40\xc0" + b"\x13\0\0\x80" + CONTENT + bytes(4)
    found = content(events(FileType.ZSTD, b"\x50\x2a\x4d\x18\2\0\0\0ab" + frame))
    assert found == [frame]
