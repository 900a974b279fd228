"""Limits: where each begins, and what is said when one is reached."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import TYPE_CHECKING

import pytest

from compat.archives import tarred, zipped
from compat.pair import BINARY, CLEAN, Pair, only

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = b"marker-to-be-found"
LINES = [("a.ndb", f"Found.Body-1:0:*:{MARK.hex()}")]
FOUND = only("Found.Body-1")
ALERT = "--alert-exceeds-max"


def file(size: int) -> bytes:
    """`size` bytes with the mark at the end."""
    return BINARY + bytes(size - len(BINARY) - len(MARK)) + MARK


@pytest.mark.parametrize("alert", [(), (ALERT,), (ALERT, "--allmatch")])
@pytest.mark.parametrize("limit", [999, 1000, 1001])
def test_max_file_size(pair: Pair, limit: int, alert: tuple[str, ...]) -> None:
    found = pair.agree(
        LINES, {"file": file(1000), "small": file(100)}, f"--max-filesize={limit}", *alert
    )
    assert (found["file"] == FOUND) == (limit >= 1000)


@pytest.mark.parametrize("alert", [(), (ALERT,)])
@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, tarred], ids=lambda pack: pack.__name__
)
def test_max_file_size_of_a_member(
    pair: Pair, pack: Callable[[bytes], bytes], alert: tuple[str, ...]
) -> None:
    files = {f"file{size}": pack(file(size)) for size in (11_999, 12_000, 12_001)}
    pair.agree(LINES, files, "--max-filesize=12000", *alert)


@pytest.mark.parametrize("alert", [(), (ALERT,)])
@pytest.mark.parametrize("option", ["--max-filesize=20000", "--max-scansize=20000"])
def test_zip_member_too_large(pair: Pair, option: str, alert: tuple[str, ...]) -> None:
    """A zip member over the limit is cut, not skipped."""
    late, early = file(60_000), BINARY + MARK + bytes(60_000)
    pair.agree(
        LINES,
        {"late": zipped(late), "early": zipped(early), "fits": zipped(file(15_000))},
        option,
        *alert,
    )


@pytest.mark.parametrize("alert", [(), (ALERT,)])
@pytest.mark.parametrize("spare", [-1, 0, 1])
def test_max_scan_size_is_exact(pair: Pair, spare: int, alert: tuple[str, ...]) -> None:
    member = file(5_000)
    archive = zipped(member)
    limit = len(archive) + len(member) + spare
    found = pair.agree(LINES, {"zip": archive}, f"--max-scansize={limit}", *alert)
    assert (found["zip"] == FOUND) == (spare >= 0)


@pytest.mark.parametrize("alert", [(), (ALERT,)])
def test_max_scan_size_goes_on(pair: Pair, alert: tuple[str, ...]) -> None:
    """What is too large for what is left is skipped; smaller ones after it are not."""
    archive = zipped(BINARY + bytes(9_000), BINARY + bytes(30_000), file(800))
    files = {"zip": archive, "tar": tarred(BINARY + bytes(90_000), file(800))}
    seen = pair.both(LINES, files, "--max-scansize=20000", *alert)
    assert len(set(seen["tar"])) == 1
    # The peer's zip spends what is left on a piece of the large member.
    peer, ours = seen["zip"]
    assert (peer, ours) == (only(*["Heuristics.Limits.Exceeded.MaxScanSize"][: len(alert)]), FOUND)


def nested(levels: int) -> bytes:
    data = file(600)
    for _ in range(levels):
        data = zipped(data)
    return data


@pytest.mark.parametrize("alert", [(), (ALERT,)])
@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_max_recursion(pair: Pair, limit: int, alert: tuple[str, ...]) -> None:
    files = {f"zips{levels}": nested(levels) for levels in range(6)}
    found = pair.agree(LINES, files, f"--max-recursion={limit}", *alert)
    assert [bool(found[f"zips{levels}"] & FOUND) for levels in range(6)] == [
        level < limit for level in range(6)
    ]


def test_default_recursion(pair: Pair) -> None:
    found = pair.agree(LINES, {f"zips{levels}": nested(levels) for levels in (15, 16, 17)})
    assert found == {"zips15": FOUND, "zips16": FOUND, "zips17": CLEAN}


@pytest.mark.parametrize("alert", [(), (ALERT,), (ALERT, "--allmatch")])
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_max_files(pair: Pair, limit: int, alert: tuple[str, ...]) -> None:
    archive = zipped(BINARY + bytes(300), file(800))
    pair.agree(LINES, {"zip": archive, "plain": file(90)}, f"--max-files={limit}", *alert)


def test_only_the_first_limit_is_told(pair: Pair) -> None:
    archive = zipped(BINARY + bytes(40_000), nested(4), BINARY + bytes(300))
    options = ("--max-filesize=30000", "--max-recursion=2", "--max-files=3", ALERT)
    pair.agree(LINES, {"zip": archive, "tar": tarred(BINARY + bytes(40_000), nested(4))}, *options)
    pair.agree(LINES, {"zip": archive}, *options, "--allmatch")


def test_a_strong_alert_wins(pair: Pair) -> None:
    archive = tarred(BINARY + bytes(40_000), file(500))
    assert pair.agree(
        LINES, {"tar": archive}, "--max-filesize=42500", "--max-scansize=45000", ALERT
    )


@pytest.mark.parametrize("limit", [0, 1000, 2000, 3000])
def test_max_script_normalize(pair: Pair, limit: int) -> None:
    """Larger texts are matched raw only."""
    line = ("a.ldb", f"Found.Text-1;Target:7;0;{MARK.hex()}")
    text = b"word " * 400
    pair.agree(
        [line],
        {"text": text + MARK.upper(), "short": text[:500] + MARK.upper()},
        f"--max-scriptnormalize={limit}",
    )


@pytest.mark.parametrize("limit", ["499", "500", "501"])
def test_pcre_max_file_size(pair: Pair, limit: str) -> None:
    line = ("a.ldb", f"Found.Regex-1;Target:0;0&1;{MARK.hex()};0/found/")
    pair.agree([line], {"file": file(500)}, f"--pcre-max-filesize={limit}")


def test_pcre_match_limit(pair: Pair) -> None:
    """Reaching it is no match."""
    line = ("a.ldb", f"Found.Regex-1;Target:0;0&1;{MARK.hex()};0/(a+)+$/")
    data = BINARY + MARK + b"a" * 40 + b"\x00"
    pair.agree([line], {"file": data})
    pair.agree([line], {"file": data}, "--pcre-match-limit=10")
