"""The façade; crates/codecs/tests has the decoders themselves."""

from __future__ import annotations

import base64
import bz2
import gzip
import importlib
import lzma
import pkgutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import compound
import dmg
import pkzip
from formats import autoit_files, cabinets, kwaj_files
from nacre import codecs
from nacre.codecs import apple, branch, cipher, lzma2, lznt1, ppmd, predictor, rar
from nacre.codecs import lzma as lzma_codec
from nacre.codecs import lzw as lzw_codec
from nacre.codecs import pkzip as old_methods
from nacre.codecs.base import Decoded, piece, run
from nacre.codecs.lzx import Form
from nacre.model.budget import Budget
from nacre.model.errors import FormatError
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits
from storage import no_large_files

PLAIN = b"".join(b"line %d of it\n" % (number * 7919) for number in range(3000))
SAMPLES = Path(__file__).parents[2] / "samples"


def bare(data: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def runs(data: bytes) -> bytes:
    """Run length as in ISO 32000-1, 7.4.5, without any run."""
    pieces = (data[at : at + 128] for at in range(0, len(data), 128))
    return b"".join(bytes((len(piece) - 1,)) + piece for piece in pieces) + b"\x80"


def lzw(data: bytes, *, early: int = 1) -> bytes:
    """LZW as in ISO 32000-1, 7.4.4; no tool writes it any more."""
    bits = ""
    table = {bytes((byte,)): byte for byte in range(256)}
    width, string = 9, b""
    first = [256]
    for byte in data:
        if string + bytes((byte,)) in table:
            string += bytes((byte,))
            continue
        codes = [*first, table[string]]
        bits += "".join(f"{code:0{width}b}" for code in codes)
        first = []
        table[string + bytes((byte,))] = number = len(table) + 2
        width += number + early >= 1 << width
        string = bytes((byte,))
        if number == 4000:
            table = {bytes((byte,)): byte for byte in range(256)}
            bits += f"{256:0{width}b}"
            width = 9
    bits += f"{table[string]:0{width}b}"
    width += len(table) + 2 + early >= 1 << width
    bits += f"{257:0{width}b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


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
    "ascii_hex": PLAIN.hex().encode() + b">",
    "ascii_85": base64.a85encode(PLAIN) + b"~>",
    "run_length": runs(PLAIN),
    "lzw": lzw(PLAIN),
}
Decode = Callable[..., Decoded]
RAW = Path(__file__).parents[2] / "crates/codecs/tests"
SHORT = PLAIN[:3000]
SIZED: tuple[tuple[Decode, bytes, int], ...] = (
    (old_methods.shrink, pkzip.shrink(SHORT), len(SHORT)),
    (old_methods.ppmd, in_zip("archive/zip/7zip-ppmd.in"), 759),
    (lznt1.decode, sample("filesystem/ntfs/small.in")[832000:836608], 8192),
    (apple.adc, dmg.adc(SHORT), len(SHORT)),
    (apple.lzfse, (RAW / "lzfse.raw").read_bytes(), 11_055),
    (apple.lzvn, (RAW / "lzvn.raw").read_bytes()[12:], 1500),
)


def decoder(name: str) -> Decode:
    decode: Decode = importlib.import_module(f"nacre.codecs.{name}").decode
    return decode


def test_every_method_is_tested_here() -> None:
    others = {
        "base",
        "checksum",
        "cipher",
        "literal",
        "normalise",
        "picture",
        "predictor",
        "screnc",
        "transfer",
    }
    of_archives = {"ace", "branch", "lzma2", "ppmd", "rar"}
    names = {module.name for module in pkgutil.iter_modules(codecs.__path__)}
    sized = {decode.__module__.rpartition(".")[2] for decode, _, _ in SIZED}
    assert names - others == {*ENCODED, *WITHIN, *sized, *of_archives}


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


def first_chunk_of_wim() -> bytes:
    """The first of the two chunks of the first resource, behind its place of the second."""
    data = sample("archive/wim/xpress.in")[208:]
    return piece(data[4 : 4 + int.from_bytes(data[:4], "little")], 32 << 10)


WITHIN: dict[str, tuple[bytes, dict[str, object]]] = {
    "autoit": (autoit_files.squeeze(6, PLAIN[:3000])[:-4], {}),
    "arc": (sample("archive/arc/methods.in")[-905:-2], {"method": "arc-crunched", "size": 5592}),
    "compress": (sample("compression/compress/one.in"), {}),
    "kwaj": (kwaj_files.lzss(PLAIN, 4096 - 16), {}),
    "lha": (sample("archive/lha/lh6.in")[-173:-1], {"method": "lh6", "size": 1970}),
    "lzfu": (bytes(8) + b"MELA" + bytes(4) + PLAIN, {}),
    "lzx": (cabinets.Lzx(16).pack(PLAIN), {"form": Form(16), "size": len(PLAIN)}),
    "mszip": (pieces(cabinets.mszip(PLAIN)), {}),
    "nsis": (sample("installer/nsis/bzip2-solid.in")[28:-4], {}),
    "wim": (first_chunk_of_wim(), {"method": 1, "window": 32 << 10}),
    "quantum": (pieces(cabinets.quantum(PLAIN)), {"window_bits": 16}),
    "vba": (compound.compress(PLAIN), {}),
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


RAW_LZMA2 = [{"id": lzma.FILTER_LZMA2, "preset": 1}]
PPMD = bytes.fromhex("06 00 00 00 01")


def test_bound_of_methods_of_7z() -> None:
    budget = Budget(Limits())
    packed = Fmap.from_bytes(lzma.compress(PLAIN, lzma.FORMAT_RAW, filters=RAW_LZMA2))
    alone = Fmap.from_bytes(lzma.compress(PLAIN, lzma.FORMAT_ALONE)[13:])
    size = len(PLAIN)
    calls: list[Decode] = [
        lambda **most: lzma2.decode(packed, budget, size, b"\x16", **most),
        lambda **most: lzma_codec.decode_raw(alone, budget, size, b"\x5d\0\0\x80\0", **most),
    ]
    for call in calls:
        assert call().data.read(0, size) == PLAIN
        for bound in (0, 1, size - 1):
            assert call(max_output=bound).status == "limit"
            assert call(max_output=bound).data.read(0, size) == PLAIN[:bound]
    noise = Fmap.from_bytes(b"\0" + bytes(range(256)) * 4)
    assert len(ppmd.decode(noise, budget, 1 << 40, PPMD, max_output=100).data) <= 100
    for properties in (b"", b"\x29", b"\x28" * 9):
        with pytest.raises(ValueError, match="method"):
            ppmd.decode(noise, budget, 9, properties)


def test_bound_of_filters() -> None:
    budget = Budget(Limits())
    delta = Fmap.from_bytes(lzma.decompress(lzma.compress(bytes([1] * 300))))
    decoded = branch.decode("delta", delta, budget, b"\0")
    assert decoded.data.read(0, 300) == bytes((n + 1) % 256 for n in range(300))
    assert branch.decode("delta", delta, budget, b"\0", max_output=10).status == "limit"
    empty = Fmap.from_bytes(bytes(8))
    joined = branch.decode_bcj2((delta, empty, empty, empty), budget, 300, max_output=100)
    assert len(joined.data) <= 100


def test_bound_of_rar() -> None:
    data = Fmap.from_bytes(sample("archive/rar/rar50-solid.in"))
    archive = rar.Rar(data, Budget(Limits()), 100)
    packed = [number for number, entry in enumerate(archive.entries()) if not entry.stored]
    whole, pieces = archive.decode(packed, 1 << 30, 1 << 30)
    assert (whole.status, sum(piece.size for piece in pieces)) == ("done", len(whole.data))
    for bound in (0, 1, len(whole.data) - 1):
        part, _ = archive.decode(packed, 1 << 30, bound)
        assert part.status == "limit"
        assert part.data.read(0, bound + 1) == whole.data.read(0, bound)
    small, places = archive.decode(packed, 1000, 1 << 30)
    assert all(piece.size <= 1000 for piece in places)
    assert {piece.cut for piece in places} == {True, False}
    assert small.status == "done"
    with pytest.raises(FormatError):
        rar.Rar(Fmap.from_bytes(b"Rar!"), Budget(Limits()), 100)


def test_large_output_is_kept_in_the_budget_s_directory(tmp_path: Path) -> None:
    source = Fmap.from_bytes(gzip.compress(bytes(40 << 20)))
    decoded = decoder("gzip")(source, Budget(Limits(), str(tmp_path)))
    assert len(decoded.data) == 40 << 20
    assert not list(tmp_path.iterdir())  # the file has no name
    missing = Budget(Limits(), str(tmp_path / "missing"))
    with no_large_files():
        assert decoder("gzip")(source, missing).status == "storage"
    in_memory = decoder("gzip")(source, missing)
    assert (in_memory.status, len(in_memory.data)) == ("done", 40 << 20)


def test_an_unknown_method_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="method"):
        run("rot13", Fmap.from_bytes(b""), Budget(Limits()))


def test_lzw_with_late_codes() -> None:
    budget = Budget(Limits())
    whole = lzw_codec.decode(Fmap.from_bytes(lzw(PLAIN, early=0)), budget, early=False)
    assert whole.data.read(0, len(PLAIN) + 1) == PLAIN
    wrong = lzw_codec.decode(Fmap.from_bytes(lzw(PLAIN, early=0)), budget)
    assert wrong.data.read(0, 300) == PLAIN[:300]
    assert wrong.status != "done"


def decrypted(method: cipher.Method, key: str, data: str) -> bytes:
    source = Fmap.from_bytes(bytes.fromhex(data))
    decoded = cipher.decrypt(method, bytes.fromhex(key), source, Budget(Limits()), 1000)
    return decoded.data.read(0, 1000)


def test_ciphers() -> None:
    # RFC 6229 and NIST SP 800-38A, F.2.
    assert cipher.rc4(bytes.fromhex("0102030405"), bytes(8)).hex() == "b2396305f03dc027"
    assert decrypted("rc4", "0102030405", "b2396305f03dc027") == bytes(8)
    vector = "000102030405060708090a0b0c0d0e0f"
    plain = "6bc1bee22e409f96e93d7e117393172a"
    for key, block in (
        ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
        (
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            "4f021db243bc633d7178183a9fa071e8",
        ),
        (
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
        ),
    ):
        assert decrypted("aes-cbc", key, vector + block).hex() == plain
        args = bytes.fromhex(key), bytes.fromhex(vector), bytes.fromhex(plain)
        assert cipher.aes_encrypt(*args).hex() == block
        back = cipher.aes_decrypt(args[0], bytes.fromhex(block), args[1])
        assert back == args[2]


def test_padding_and_what_is_no_block() -> None:
    key, vector = bytes(16), bytes(16)
    padded = cipher.aes_encrypt(key, vector, b"thirteen byte" + b"\3\3\3").hex()
    assert decrypted("aes-cbc", "00" * 16, "00" * 16 + padded) == b"thirteen byte"
    assert decrypted("aes-cbc", "00" * 16, "00" * 16 + padded + "ff") == b"thirteen byte"
    assert decrypted("aes-cbc", "00" * 16, "00" * 5) == b""
    for arguments in ((b"", vector, b""), (key, b"", bytes(16)), (key, vector, b"x")):
        with pytest.raises(ValueError, match=r"key|blocks"):
            cipher.aes_encrypt(*arguments)


def test_predictors() -> None:
    def undone(data: bytes, *parameters: int) -> bytes:
        source = Fmap.from_bytes(data)
        kind, colors, bits, columns = parameters
        decoded = predictor.undo(source, Budget(Limits()), (kind, colors, bits, columns), 100)
        return decoded.data.read(0, 100)

    assert undone(b"\1\1\1\1\2\1\1\1", 12, 1, 8, 3) == bytes((1, 2, 3, 2, 3, 4))
    assert undone(b"\0\1\2\3\4\1\1\1", 15, 1, 8, 3) == bytes((1, 2, 3, 2, 3, 4))
    assert undone(b"\0\2\4\6\3\1\1", 15, 1, 8, 3) == bytes((2, 4, 6, 2, 4))
    assert undone(b"\1\1\1\1", 2, 1, 8, 4) == bytes((1, 2, 3, 4))
    assert undone(b"\0\xff\0\2", 2, 1, 16, 2) == b"\0\xff\1\1"
    assert undone(b"\1\2\3", 7, 1, 8, 2) == b"\1\2\3"
    assert undone(b"\1\2\3", 12, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) == b""
    assert undone(b"\1\2\3", 12, 0, 8, 1) == b""
