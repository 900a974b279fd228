"""Allow-lists by hash (.fp, .sfp) and by name (.ign, .ign2)."""

from __future__ import annotations

import hashlib

import pytest

from compat.archives import zipped
from compat.pair import BINARY, CLEAN, Pair, only

MARK = b"marker-to-be-found"
BODY = ("a.ndb", f"Found.Body-1:0:*:{MARK.hex()}")
FILE = BINARY + MARK + b" and more"


def entry(data: bytes, kind: str = "sha256", *, any_size: bool = False) -> str:
    digest = hashlib.new(kind, data, usedforsecurity=False).hexdigest()
    return f"{digest}:*:Allowed:73" if any_size else f"{digest}:{len(data)}:Allowed"


@pytest.mark.parametrize("suffix", ["fp", "sfp"])
@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("any_size", [False, True])
def test_file(pair: Pair, suffix: str, kind: str, any_size: bool) -> None:  # noqa: FBT001 (parametrised)
    lines = [BODY, (f"a.{suffix}", entry(FILE, kind, any_size=any_size))]
    found = pair.agree(lines, {"allowed": FILE, "other": FILE + b"!"})
    assert found == {"allowed": CLEAN, "other": only("Found.Body-1")}


def test_wrong_size(pair: Pair) -> None:
    line = entry(FILE).replace(f":{len(FILE)}:", f":{len(FILE) + 1}:")
    assert pair.agree([BODY, ("a.sfp", line)], {"same": FILE})["same"]


@pytest.mark.parametrize("options", [(), ("--allmatch",)])
def test_inside_and_around(pair: Pair, options: tuple[str, ...]) -> None:
    """Around: everything inside is trusted. Inside: only that member."""
    inner, other = FILE + bytes(300), FILE + bytes(301)
    around = zipped(other, b"nothing here")
    lines = [BODY, ("a.sfp", entry(inner)), ("a.sfp", entry(around))]
    files = {
        "around": around,
        "inner": zipped(inner),
        "both": zipped(inner, FILE + bytes(302)),
        "nested": zipped(around),
        "free": zipped(FILE + bytes(303)),
    }
    found = pair.agree(lines, files, *options)
    assert found["around"] == found["inner"] == found["nested"] == CLEAN
    assert found["both"] == found["free"] == only("Found.Body-1")


def test_hash_alert_is_withdrawn_too(pair: Pair) -> None:
    digest = hashlib.sha256(FILE).hexdigest()
    lines = [("a.hsb", f"{digest}:{len(FILE)}:Found.Hash-1"), ("a.fp", entry(FILE, "md5"))]
    assert pair.agree(lines, {"file": FILE})["file"] == CLEAN


def test_logical_alert_of_a_text(pair: Pair) -> None:
    """What the normalised copy alerts on is allowed by the hash of the raw text."""
    text = b"Some TEXT with a MARKER-to-be-found   in it\n"
    line = ("a.ldb", f"Found.Text-1;Engine:51-255,Target:7;0;{MARK.hex()}")
    assert pair.agree([line, ("a.sfp", entry(text))], {"text": text, "other": text + b"x"}) == {
        "text": CLEAN,
        "other": only("Found.Text-1"),
    }


def test_allowed_before_the_same_bytes(pair: Pair) -> None:
    """Scanned after a trusted archive that holds them, or before."""
    inner = FILE + bytes(300)
    lines = [BODY, ("a.sfp", entry(zipped(inner)))]
    pair.agree(lines, {"file": inner}, "--disable-cache")


@pytest.mark.parametrize(
    "ignore",
    [
        "Found.Body-1",
        "Found.Body-1.UNOFFICIAL",
        "Found.Body",
        "found.body-1",
        "x:y:Found.Body-1",
        f"Found.Body-1:{hashlib.md5(BODY[1].encode(), usedforsecurity=False).hexdigest()}",
        f"Found.Body-1:{'0' * 32}",
        "#comment",
    ],
)
@pytest.mark.parametrize("suffix", ["ign", "ign2"])
def test_ignored_name(pair: Pair, ignore: str, suffix: str) -> None:
    pair.agree([(f"a.{suffix}", ignore), BODY], {"file": FILE})


def test_ignored_everywhere(pair: Pair) -> None:
    digest = hashlib.sha256(FILE).hexdigest()
    mark = MARK.hex()
    lines = [
        ("z.ign2", "A-1"), ("z.ign2", "B-1"), ("z.ign2", "C-1"), ("z.ign2", "D-1"),
        ("a.db", f"A-1={mark}"), ("a.db", f"A-2={mark}"),
        ("a.ndb", f"B-1:0:*:{mark}"), ("a.ndb", f"B-2:0:*:{mark}"),
        ("a.ldb", f"C-1;Target:0;0;{mark}"), ("a.ldb", f"C-2;Target:0;0;{mark}"),
        ("a.hsb", f"{digest}:{len(FILE)}:D-1"), ("b.hsb", f"{digest}:*:D-2:73"),
    ]  # fmt: skip
    assert pair.agree(lines, {"file": FILE}, "--allmatch")["file"] == only(
        "A-2", "B-2", "C-2", "D-2"
    )


def test_a_clause_behind_the_name(pair: Pair) -> None:
    """What stands in braces at the end of a name is no part of what is compared."""
    lines = [
        ("a.ign2", "Name-1"),
        ("a.ndb", f"Name-1.{{x}}:0:*:{MARK.hex()}"),
        ("a.ndb", f"Name-2:0:*:{MARK.hex()}"),
    ]
    pair.agree(lines, {"file": FILE}, "--allmatch")
