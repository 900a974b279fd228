from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.protocol.chunk import ChunkReader, StreamTooLongError


def _chunks(pieces: list[bytes]) -> bytes:
    return b"".join(struct.pack(">I", len(piece)) + piece for piece in pieces)


@given(st.lists(st.binary(min_size=1, max_size=20)), st.binary(max_size=20), st.data())
def test_the_packets_do_not_matter(pieces: list[bytes], behind: bytes, data: st.DataObject) -> None:
    sent = _chunks([*pieces, b""]) + behind
    reader, found, position = ChunkReader(0), b"", 0
    while position < len(sent) and not reader.complete:
        size = data.draw(st.integers(1, len(sent) - position))
        found += b"".join(reader.feed(memoryview(sent)[position : position + size]))
        position += size
    assert reader.complete
    assert found == b"".join(pieces)
    assert behind.startswith(reader.rest)


def test_exactly_the_limit_is_allowed() -> None:
    reader = ChunkReader(10)
    assert b"".join(reader.feed(memoryview(_chunks([b"12345", b"67890", b""])))) == b"1234567890"
    assert reader.complete


def test_an_announcement_beyond_the_limit_is_refused() -> None:
    reader = ChunkReader(10)
    with pytest.raises(StreamTooLongError) as caught:
        list(reader.feed(memoryview(_chunks([b"12345"]) + b"\xff\xff\xff\xff")))
    assert caught.value.requested == 0xFFFFFFFF
