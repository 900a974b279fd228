"""64-bit programs of Windows that UPX packed: code and data come back; damage is bounded."""

from __future__ import annotations

import hashlib
import random
import struct
from pathlib import Path

import pytest

from nacre.executables import Program, Unpacked
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

SAMPLES = Path(__file__).parents[2] / "samples/executable/pe"
PROGRAM = {
    ".text": "97f90f369a9cc4786af41b2dd897e71c0ac5f8413b3fc8c873ac3226a4ba1b96",
    ".rdata": "2a95dbcb26d4cc16aa1d015c42dbaf473992d26bbad16e68c57419b6724339a1",
    ".pdata": "dd303449da39c480ae301a4599eec96b3738567761feccb24cbc61e43f192c5d",
}
LIBRARY = {
    ".text": "38972e9e2c316c0399b16949a715d4dc58fb060ea0ace192e8eb04348c15b00e",
    ".rdata": "66c22735dc4ca7b1072158f34c1226753740c0fe5e4fb8b6ac4ff80f6a124606",
    ".pdata": "1cc22ccbfeb5aed920ba4f02e973c96ea037bca3fd4919d32c7aa4c36fff588e",
}
"""SHA-256 of sections of what was packed."""
NAMES = dict.fromkeys(("nrv2b", "nrv2d", "nrv2e", "lzma"), PROGRAM) | {"library": LIBRARY}
MOST = 1 << 20
_HEADER = 32
"""Bytes that say how it is packed, right before the packed ones."""


def sample(name: str) -> bytearray:
    return bytearray((SAMPLES / f"upx-64-bit-{name}.in").read_bytes())


def unpack(data: bytes | bytearray, most: int = MOST) -> Unpacked | None:
    return Program(Fmap.from_bytes(bytes(data)), FileType.MSEXE).unpack(["UPX"], most)


def content(unpacked: Unpacked | None) -> bytes:
    assert unpacked is not None
    assert unpacked.file is not None
    return unpacked.file.read(0, len(unpacked.file))


def sections(file: bytes) -> dict[str, str]:
    """SHA-256 of what the sections have in the file."""
    (start,) = struct.unpack_from("<I", file, 60)
    (count,) = struct.unpack_from("<H", file, start + 6)
    found = {}
    for at in range(start + 264, start + 264 + 40 * count, 40):
        size, offset = struct.unpack_from("<II", file, at + 16)
        name = file[at : at + 8].rstrip(b"\0").decode()
        found[name] = hashlib.sha256(file[offset : offset + size]).hexdigest()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_code_and_data_are_the_original(name: str) -> None:
    file = content(unpack(sample(name)))
    assert sections(file).items() >= NAMES[name].items()
    assert b"MessageBoxA" in file
    assert Program(Fmap.from_bytes(file), FileType.MSEXE).fault is None


@pytest.mark.parametrize("name", NAMES)
def test_what_hides_that_it_is_packed_does_not_help(name: str) -> None:
    data = sample(name)
    whole = content(unpack(data))
    at = data.index(b"UPX!")
    data[at : at + 4] = b"XXXX"
    assert content(unpack(data)) == whole
    # Without a word of how it is packed, the filter is not undone.
    data[at : at + _HEADER] = bytes(_HEADER)
    assert sections(content(unpack(data)))[".rdata"] == NAMES[name][".rdata"]


def test_damage_is_told_and_limits_are_kept() -> None:
    data = sample("nrv2e")
    at = data.index(b"UPX!")
    (size,) = struct.unpack_from("<I", data, at + 16)
    over = unpack(data, size - 1)
    assert over is not None
    assert over.file is None
    assert over.size == size
    data[at + _HEADER + 200 : at + _HEADER + 240] = bytes(40)
    damaged = unpack(data)
    assert damaged is not None
    assert damaged.file is None
    assert damaged.size is None


@pytest.mark.parametrize("name", ["nrv2b", "lzma", "library"])
def test_any_damage_is_bounded(name: str) -> None:
    dice = random.Random(5)  # noqa: S311  repeatable, no secret
    for _ in range(400):
        data = sample(name)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        unpacked = unpack(data[: dice.randrange(len(data))] if dice.random() < 0.2 else data)
        if unpacked is not None and unpacked.file is not None:
            assert len(unpacked.file) <= MOST
