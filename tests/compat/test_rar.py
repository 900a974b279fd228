"""RAR: every generation. Debian's ClamAV has no UnRAR; where there is one, it finds no more."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from compat.pair import BINARY, Pair

SAMPLES = Path(__file__).parents[2] / "samples/archive/rar"
GENERATIONS = ("rar13", "rar15", "rar20", "rar29", "rar40", "rar50", "rar70")


def samples(*names: str) -> dict[str, bytes]:
    return {name: (SAMPLES / f"{name}.in").read_bytes() for name in names}


@pytest.fixture(scope="module")
def line() -> tuple[str, str]:
    """Of the stored file of two samples, which all others hold as well."""
    data = samples("rar50-stored")["rar50-stored"]
    code = data[data.index(bytes(range(100))) :][:740]
    return ("a.hsb", f"{hashlib.sha256(code).hexdigest()}:740:Found.Whole-1")


def test_every_generation(pair: Pair, line: tuple[str, str]) -> None:
    files = samples(*GENERATIONS, *(f"{name}-solid" for name in GENERATIONS))
    for name, (peer, ours) in pair.both([line], files).items():
        assert peer <= ours == {"Found.Whole-1"}, name


def test_behind_other_data(pair: Pair, line: tuple[str, str]) -> None:
    files = {name: BINARY + bytes(2000) + data for name, data in samples(*GENERATIONS[1:]).items()}
    files["trailing"] = files["rar50"] + b"something behind it"
    for name, (peer, ours) in pair.both([line], files).items():
        assert peer <= ours == {"Found.Whole-1"}, name


@pytest.mark.parametrize("options", [(), ("--alert-encrypted",), ("--alert-encrypted-archive",)])
def test_encrypted(pair: Pair, line: tuple[str, str], options: tuple[str, ...]) -> None:
    names = ("rar20-encrypted", "rar30-encrypted", "rar50-encrypted")
    files = samples(*names, "rar30-encrypted-headers", "rar50-encrypted-headers")
    wanted = {"Heuristics.Encrypted.RAR"} if options else set()
    for name, (peer, ours) in pair.both([line], files, *options).items():
        assert peer <= ours == wanted, name
