"""Whole-file hashes: kinds, sizes, names, which of several is reported."""

from __future__ import annotations

import hashlib

import pytest

from compat.pair import BINARY, CLEAN, Pair, only

DATA = BINARY + b"some bytes to be hashed"


def digest(kind: str, data: bytes = DATA) -> str:
    return hashlib.new(kind, data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("suffix", ["hdb", "hsb"])
def test_any_kind_in_any_file(pair: Pair, kind: str, suffix: str) -> None:
    lines = [(f"a.{suffix}", f"{digest(kind)}:{len(DATA)}:Found.Hash-1")]
    found = pair.agree(lines, {"same": DATA, "longer": DATA + b"\0", "other": DATA[:-1] + b"D"})
    assert found == {"same": only("Found.Hash-1"), "longer": CLEAN, "other": CLEAN}


def test_any_size_needs_a_level(pair: Pair) -> None:
    lines = [("a.hsb", f"{digest('sha256')}:*:Any.Size-1:73")]
    assert pair.agree(lines, {"same": DATA})["same"] == only("Any.Size-1")


def test_order_of_kinds(pair: Pair) -> None:
    """MD5 before SHA-1 before SHA-256, a size before any size."""
    lines = [
        ("a.hsb", f"{digest('sha256')}:{len(DATA)}:Sized.Sha256-1"),
        ("a.hsb", f"{digest('sha1')}:{len(DATA)}:Sized.Sha1-1"),
        ("a.hsb", f"{digest('md5')}:*:Any.Md5-1:73"),
        ("a.hsb", f"{digest('md5')}:{len(DATA)}:Sized.Md5-1"),
    ]
    for count in range(len(lines), 0, -1):
        pair.agree(lines[:count], {"same": DATA})
    assert len(pair.agree(lines, {"same": DATA}, "--allmatch")["same"]) > 1


def test_last_name_of_the_same_hash(pair: Pair) -> None:
    # Of more than two the peer reports any, depending on how many hashes there are in all.
    lines = [("a.hdb", f"{digest('md5')}:{len(DATA)}:Same.Hash-{n}") for n in range(2)]
    pair.agree(lines, {"same": DATA})
    pair.agree(lines, {"same": DATA}, "--allmatch")


def test_name_with_clam_cut(pair: Pair) -> None:
    lines = [("a.hdb", f"{digest('md5')}:{len(DATA)}:Cut.Here-1 (Clam)")]
    assert pair.agree(lines, {"same": DATA})["same"] == only("Cut.Here-1")


@pytest.mark.parametrize("size", [1, 4, 5, 6, 7])
def test_smallest(pair: Pair, size: int) -> None:
    data = (BINARY + b"xyz")[:size]
    lines = [("a.hdb", f"{digest('md5', data)}:{size}:Small-1")]
    assert bool(pair.agree(lines, {"small": data})["small"]) == (size > 5)


def test_text_is_hashed_raw(pair: Pair) -> None:
    text = b"Upper and lower case, twice   blank\n"
    copy = b"upper and lower case, twice blank "
    lines = [
        ("a.hsb", f"{digest('sha256', data)}:{len(data)}:Text-{n}")
        for n, data in enumerate((text, copy))
    ]
    assert pair.agree(lines, {"text": text})["text"] == only("Text-0")


def test_levels(pair: Pair) -> None:
    levels = ("", ":", ":51", ":51:255", ":400", ":1:20", ":abc", ":51:")
    lines = [
        ("a.hsb", f"{digest('sha256', DATA + bytes([n]))}:{len(DATA) + 1}:Level-{n}{level}")
        for n, level in enumerate(levels)
    ]
    pair.agree(lines, {f"level{n}": DATA + bytes([n]) for n in range(len(levels))})
