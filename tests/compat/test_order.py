"""Which of several signatures is reported where only one is."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

import pytest

from compat.archives import tarred, zipped
from compat.pair import BINARY, Pair, only

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = b"first-marker", b"second-marker", b"third-marker"
FILE = BINARY + A + b" .. " + B + b" .. " + C
BACK = BINARY + C + b" .. " + B + b" .. " + A


def body(name: str, mark: bytes, target: int = 0) -> str:
    return f"{name}:{target}:*:{mark.hex()}"


def logical(name: str, *marks: bytes, target: int = 0) -> str:
    expression = "&".join(map(str, range(len(marks))))
    return f"{name};Target:{target};{expression};{';'.join(mark.hex() for mark in marks)}"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_body_first_in_the_data(pair: Pair, order: tuple[int, ...]) -> None:
    lines = [body(f"Body-{n}", (A, B, C)[n]) for n in range(3)]
    found = pair.agree([("a.ndb", lines[n]) for n in order], {"file": FILE, "back": BACK})
    assert found == {"file": only("Body-0"), "back": only("Body-2")}


def test_body_at_the_same_place(pair: Pair) -> None:
    """Patterns that end, or begin, at one place."""
    lines = [body("Long-1", A), body("Tail-1", A[3:]), body("Head-1", A[:6])]
    for order in itertools.permutations(lines):
        pair.agree([("a.ndb", line) for line in order], {"file": FILE})


@pytest.mark.parametrize("marks", [(A, C), (C, A)])
def test_plain_bytes_before_wildcards(pair: Pair, marks: tuple[bytes, bytes]) -> None:
    """Signatures of plain bytes for any target are tried first, wherever they match."""
    wild, plain = marks
    lines = [
        ("a.ndb", f"Wild-1:0:*:{wild[:4].hex()}??{wild[5:].hex()}"),
        ("a.ndb", body("Plain-1", plain)),
    ]
    assert pair.agree(lines, {"file": FILE})["file"] == only("Plain-1")


def test_body_before_hash_before_logical(pair: Pair) -> None:
    digest = hashlib.sha256(FILE).hexdigest()
    lines = [
        ("a.ldb", logical("Logical-1", A)),
        ("a.hsb", f"{digest}:{len(FILE)}:Hash-1"),
        ("a.ndb", body("Body-1", C)),
    ]
    assert pair.agree(lines, {"file": FILE})["file"] == only("Body-1")
    assert len(pair.agree(lines, {"file": FILE}, "--allmatch")["file"]) == 3


def test_hash_before_logical(pair: Pair) -> None:
    digest = hashlib.sha256(FILE).hexdigest()
    lines = [("a.ldb", logical("Logical-1", A)), ("a.hsb", f"{digest}:{len(FILE)}:Hash-1")]
    assert pair.agree(lines, {"file": FILE})["file"] == only("Hash-1")


def test_logical_in_load_order(pair: Pair) -> None:
    lines = [("a.ldb", logical(f"Logical-{n}", mark)) for n, mark in enumerate((C, A, B))]
    assert pair.agree(lines, {"file": FILE})["file"] == only("Logical-0")


@pytest.mark.parametrize("kind", ["ndb", "ldb"])
def test_own_target_before_any(pair: Pair, kind: str) -> None:
    make = body if kind == "ndb" else logical
    lines = [(f"a.{kind}", make("Any-1", A)), (f"a.{kind}", make("Other-1", A, target=14))]
    text = [
        (f"b.{kind}", make("Text-1", A, target=7)),
        (f"b.{kind}", make("Picture-1", A, target=5)),
    ]
    pair.agree(
        [*lines, *text],
        {"file": FILE, "text": b"words and " + A + b" words", "gif": b"GIF89a" + FILE},
    )


def test_members_before_their_archive(pair: Pair) -> None:
    """A container is opened before its own bytes are matched; stored members show in both."""
    lines = [
        ("a.ndb", body("Inner-1", A)),
        ("a.ndb", body("Zip-1", b"PK\x05\x06")),
        ("a.ndb", body("Tar-1", b"ustar")),
    ]
    pair.agree(lines, {"zip": zipped(FILE), "tar": tarred(FILE)})
    pair.agree(lines, {"zip": zipped(FILE), "tar": tarred(FILE)}, "--allmatch")


def test_self_protection_matches_first(pair: Pair) -> None:
    lines = [("a.sdb", body("Zip-1", b"PK\x05\x06")), ("a.ndb", body("Inner-1", A))]
    pair.agree(lines, {"zip": zipped(FILE + bytes(200))})


def test_members_in_order(pair: Pair) -> None:
    lines = [("a.ndb", body(f"Body-{n}", mark)) for n, mark in enumerate((A, B, C))]
    members = [BINARY + mark + bytes(90) for mark in (C, A, B)]
    assert pair.agree(lines, {"zip": zipped(*members)})["zip"] == only("Body-2")


def test_files_of_a_folder(pair: Pair) -> None:
    """One after the other, in an order of the folder's own; ignore lists first."""
    lines = [
        ("z.ndb", body("Z-1", A)),
        ("a.ndb", body("A-1", A)),
        ("m.ldb", logical("M-1", A)),
        ("zz.ign2", "A-1"),
        ("b.ldb", logical("B-1", A)),
    ]
    assert pair.agree(lines, {"file": FILE}, "--allmatch")["file"] == only("Z-1", "M-1", "B-1")


def test_one_file_as_database(pair: Pair, tmp_path: Path) -> None:
    database = tmp_path / "single.ndb"
    database.write_text(f"{body('Single-1', A)}\n")
    assert pair.agree_on(database, {"file": FILE})["file"] == only("Single-1")
