"""What stands behind a program that is itself behind something: where both programs see it."""

from __future__ import annotations

import itertools

import pytest

from compat.archives import zipped
from compat.pair import BINARY, Pair
from executables.portable import Pe

WORD, OTHER = b"WORDOFMEMBER", b"OTHERMEMBERS"
TYPES = {"E": "MSEXE", "O": "MSOLE2", "Z": "ZIP", "B": "BINARY_DATA"}
PROGRAM = Pe().build()
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1500)
HEAD = BINARY * 30


def chains() -> list[str]:
    """Every way down that a member can have here."""
    ways = itertools.product(("", "O", "B", "Z"), range(9), ("", "Z"))
    return sorted({first + "E" * count + last for first, count, last in ways} - {""})


def lines() -> list[tuple[str, str]]:
    contents = {"word": WORD, "other": OTHER, "program": PROGRAM[0x80:0xA0]}
    ways = {
        chain: "Intermediates:" + ">".join(f"CL_TYPE_{TYPES[letter]}" for letter in chain)
        for chain in chains()
    }
    ways |= {f"in-{kind}": f"Container:CL_TYPE_{kind}" for kind in TYPES.values()}
    return [
        ("x.ldb", f"{what}-{name};Engine:51-255,Target:0,{way};0;{data.hex()}")
        for what, data in contents.items()
        for name, way in ways.items()
    ]


def member(word: bytes = WORD) -> bytes:
    return zipped(BINARY + word * 4)


FILES = {
    "two": PROGRAM * 2,
    "four": PROGRAM * 4,
    "eight": PROGRAM * 8,
    "zip": PROGRAM + member(),
    "two-zip": PROGRAM * 2 + member(),
    "four-zip": PROGRAM * 4 + member(),
    "ole2": OLE2 + PROGRAM,
    "ole2-zip": OLE2 + PROGRAM + member(),
    "ole2-zip-before": OLE2 + member() + PROGRAM,
    "binary": HEAD + PROGRAM,
    "binary-zip": HEAD + PROGRAM + member(),
    "inside": zipped(OLE2 + PROGRAM),
    "inside-zip": zipped(PROGRAM * 2 + member()),
    "both": PROGRAM + zipped(PROGRAM),
    "deeper": PROGRAM + zipped(PROGRAM * 2 + member()),
}


def test_containers_of_what_is_behind_a_program(pair: Pair) -> None:
    found = pair.agree(lines(), FILES, "--allmatch")
    assert "program-EE" in found["two"]
    assert {"word-OEEZ", "word-in-ZIP"} <= found["ole2-zip"]
    assert "word-OZ" in found["ole2-zip-before"]


@pytest.mark.parametrize(
    "limit",
    [f"--max-recursion={number}" for number in range(2, 7)]
    + [f"--max-files={number}" for number in range(1, 6)]
    + [f"--max-scansize={number}" for number in range(2000, 9000, 500)]
    + ["--max-embeddedpe=2700", "--max-filesize=4500"],
)
def test_limits_on_the_way_there(pair: Pair, limit: str) -> None:
    pair.agree(lines(), FILES, "--allmatch", "--alert-exceeds-max", limit)
