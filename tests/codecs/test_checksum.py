"""Checksums, beside those of the standard library."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre import _native
from nacre.codecs import gzip as own_gzip
from nacre.codecs import lz4, zstd
from nacre.codecs.checksum import Checksum
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.codecs.base import Decoded


@given(st.binary())
def test_the_same_as_python(data: bytes) -> None:
    content = Fmap.from_bytes(data)
    assert _native.checksum("crc32", content) == zlib.crc32(data)
    assert _native.checksum("adler32", content) == zlib.adler32(data)
    assert _native.checksum("sum32", content) == sum(data)
    assert Checksum("crc32", zlib.crc32(data)).fits(content)
    assert not Checksum("crc32", zlib.crc32(data) ^ 1).fits(content)


def test_check_values() -> None:
    content = Fmap.from_bytes(b"123456789")
    assert _native.checksum("crc16", content) == 0xBB3D
    assert _native.checksum("xxh32", content) == 0x937BAD67
    with pytest.raises(ValueError, match="no such checksum"):
        _native.checksum("md5", content)  # type: ignore[arg-type]


SUMMED: dict[str, tuple[Callable[[Fmap, Budget], Decoded], bytes]] = {
    "gzip": (own_gzip.decode, gzip.compress(b"hello")),
    # What lz4 and zstd --check write.
    "lz4": (lz4.decode, bytes.fromhex("04224d186440a70500008068656c6c6f00000000f97700fb")),
    "zstd": (zstd.decode, bytes.fromhex("28b52ffd240529000068656c6c6fa36d9f88")),
}


@pytest.mark.parametrize("name", SUMMED)
def test_a_stream_with_another_checksum(name: str) -> None:
    decode, packed = SUMMED[name]
    budget = Budget(Limits())
    assert decode(Fmap.from_bytes(packed), budget).status == "done"
    wrong = bytearray(packed)
    wrong[-8 if name == "gzip" else -1] ^= 1
    decoded = decode(Fmap.from_bytes(bytes(wrong)), budget)
    assert decoded.status == "checksum"
    assert bytes(decoded.data.read(0, 100)) == b"hello"


def test_two_members_of_gzip_one_of_them_wrong() -> None:
    first = bytearray(gzip.compress(b"one "))
    first[-8] ^= 1
    decoded = own_gzip.decode(
        Fmap.from_bytes(bytes(first) + gzip.compress(b"two")), Budget(Limits())
    )
    assert (decoded.status, bytes(decoded.data.read(0, 9))) == ("checksum", b"one two")
