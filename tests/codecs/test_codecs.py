"""The façade; crates/codecs/tests has the decoders themselves."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import pkgutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import dmg
import pkzip
from formats import cabinets, kwaj_files
from nacre import codecs
from nacre.codecs import apple
from nacre.codecs import lzma as lzma_codec
from nacre.codecs import pkzip as old_methods
from nacre.codecs.base import Decoded, piece, run
from nacre.codecs.lzx import Form
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

PLAIN = b"".join(b"line %d of it\n" % (number * 7919) for number in range(3000))
SAMPLES = Path(__file__).parents[2] / "samples"


def bare(data: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def in_zip(name: str) -> bytes:
    """The data of the first member of a sample archive."""
    data = sample(name)
    start = 30 + int.from_bytes(data[26:28], "little") + int.from_bytes(data[28:30], "little")
    return data[start : start + int.from_bytes(data[18:22], "little")]


ENCODED: dict[str, bytes] = {
    "deflate": bare(PLAIN),
    "zlib": zlib.compress(PLAIN),
    "gzip": gzip.compress(PLAIN),
    "deflate64": in_zip("archive/zip/7zip-deflate64.in"),
    "bzip2": bz2.compress(PLAIN),
    "xz": lzma.compress(PLAIN),
    "lzma": lzma.compress(PLAIN, lzma.FORMAT_ALONE),
    "zstd": sample("compression/zstd/one.in"),
    "brotli": sample("compression/brotli/one.in"),
    "lz4": sample("compression/lz4/one.in"),
    "lzip": sample("compression/lzip/one.in"),
    "lzop": sample("compression/lzop/one.in"),
}
Decode = Callable[..., Decoded]
RAW = Path(__file__).parents[2] / "crates/codecs/tests"
SHORT = PLAIN[:3000]
SIZED: tuple[tuple[Decode, bytes, int], ...] = (
    (old_methods.shrink, pkzip.shrink(SHORT), len(SHORT)),
    (old_methods.ppmd, in_zip("archive/zip/7zip-ppmd.in"), 759),
    (apple.adc, dmg.adc(SHORT), len(SHORT)),
    (apple.lzfse, (RAW / "lzfse.raw").read_bytes(), 11_055),
    (apple.lzvn, (RAW / "lzvn.raw").read_bytes()[12:], 1500),
)


def decoder(name: str) -> Decode:
    decode: Decode = importlib.import_module(f"nacre.codecs.{name}").decode
    return decode


def test_every_method_is_tested_here() -> None:
    others = {"base", "cipher", "normalise", "transfer"}
    names = {module.name for module in pkgutil.iter_modules(codecs.__path__)}
    sized = {decode.__module__.rpartition(".")[2] for decode, _, _ in SIZED}
    assert names - others == {*ENCODED, *WITHIN, *sized}


@pytest.mark.parametrize(("decode", "packed", "size"), SIZED)
def test_methods_that_do_not_mark_their_end(decode: Decode, packed: bytes, size: int) -> None:
    budget = Budget(Limits())
    source = Fmap.from_bytes(packed + b"trailing")
    whole = decode(source, budget, size)
    assert (whole.status, len(whole.data)) == ("done", size)
    for bound in (0, 1, size - 1):
        part = decode(source, budget, size, max_output=bound)
        assert part.status == "limit"
        assert part.data.read(0, size) == whole.data.read(0, bound)
    part = decode(Fmap.from_bytes(packed[: len(packed) * 2 // 3]), budget, size)
    assert part.status == "truncated"
    assert whole.data.read(0, size).startswith(part.data.read(0, size))


@pytest.mark.parametrize("name", ENCODED)
def test_bound(name: str) -> None:
    source = Fmap.from_bytes(ENCODED[name] + b"trailing")
    budget = Budget(Limits())
    whole = decoder(name)(source, budget)
    size = len(whole.data)
    assert whole.status == "done"
    assert 0 <= len(ENCODED[name]) - whole.consumed <= (3 if name == "deflate64" else 0)
    assert size > 500
    for bound in (0, 1, size - 1):
        part = decoder(name)(source, budget, max_output=bound)
        assert part.status == "limit"
        assert part.data.read(0, size) == whole.data.read(0, bound)
    assert decoder(name)(source, budget, max_output=size).status == "done"
    small = Budget(Limits(max_file_size=size - 1))
    assert decoder(name)(source, small).status == "limit"


def pieces(blocks: list[tuple[bytes, int]]) -> bytes:
    return b"".join(piece(packed, size) for packed, size in blocks)


WITHIN: dict[str, tuple[bytes, dict[str, object]]] = {
    "compress": (sample("compression/compress/one.in"), {}),
    "kwaj": (kwaj_files.lzss(PLAIN, 4096 - 16), {}),
    "lha": (sample("archive/lha/lh6.in")[-173:-1], {"method": "lh6", "size": 1970}),
    "lzfu": (bytes(8) + b"MELA" + bytes(4) + PLAIN, {}),
    "lzx": (cabinets.Lzx(16).pack(PLAIN), {"form": Form(16), "size": len(PLAIN)}),
    "mszip": (pieces(cabinets.mszip(PLAIN)), {}),
    "quantum": (pieces(cabinets.quantum(PLAIN)), {"window_bits": 16}),
}
"""Streams whose end their container knows, with what else it tells."""


@pytest.mark.parametrize("name", WITHIN)
def test_bound_of_streams_within_others(name: str) -> None:
    data, told = WITHIN[name]
    source = Fmap.from_bytes(data)
    budget = Budget(Limits())
    whole = decoder(name)(source, budget, **told)
    size = len(whole.data)
    assert (whole.status, whole.consumed) == ("done", len(data))
    assert size > 500
    for bound in (0, 1, size - 1):
        part = decoder(name)(source, budget, **told, max_output=bound)
        assert part.status == "limit"
        assert part.data.read(0, size) == whole.data.read(0, bound)
    assert decoder(name)(source, budget, **told, max_output=size).status == "done"


def test_lzma_of_zip() -> None:
    source = Fmap.from_bytes(in_zip("archive/zip/7zip-lzma.in"))
    budget = Budget(Limits())
    assert len(lzma_codec.decode_zip(source, budget, 759).data) == 759
    assert lzma_codec.decode_zip(source, budget, 759, max_output=100).status == "limit"


def test_large_output_is_kept_in_the_budget_s_directory(tmp_path: Path) -> None:
    source = Fmap.from_bytes(gzip.compress(bytes(40 << 20)))
    decoded = decoder("gzip")(source, Budget(Limits(), str(tmp_path)))
    assert len(decoded.data) == 40 << 20
    assert not list(tmp_path.iterdir())  # the file has no name
    missing = decoder("gzip")(source, Budget(Limits(), str(tmp_path / "missing")))
    assert missing.status == "storage"


def test_an_unknown_method_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="method"):
        run("rot13", Fmap.from_bytes(b""), Budget(Limits()))
