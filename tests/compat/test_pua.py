"""Potentially unwanted programs: the files, the switches, and the rank of such an alert."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from compat.pair import BINARY, CLEAN, Pair, only
from compat.program import write_database

if TYPE_CHECKING:
    from pathlib import Path

    from compat.program import Program

MARK = b"marker-to-be-found"
FILE = BINARY + MARK + b" and more"
NAMES = (
    "PUA.Win.Tool.Foo-1",
    "PUA.Win.Packer.Foo-1",
    "PUA.Andr.Tool.Foo-1",
    "PUA.Win",
    "PUA.Win.Foo-1",
    "PUA.Win.Tool.Sub.Foo-1",
    "PUA.WinTool.Foo-1",
    "Win.Tool.Foo-1",
    "pua.Win.Tool.Foo-1",
    f"PUA.{'Long' * 9}.Win.Foo-1",
)
UNWANTED = [("a.ndu", f"{name}:0:*:{MARK.hex()}") for name in NAMES]
STRONG = ("b.ndb", f"Win.Trojan.Strong-1:0:*:{b'and more'.hex()}")


def test_off_by_default(pair: Pair) -> None:
    digest = hashlib.md5(FILE, usedforsecurity=False).hexdigest()
    lines = [
        ("a.ndu", f"PUA.A.B-1:0:*:{MARK.hex()}"),
        ("a.ldu", f"PUA.A.B-2;Target:0;0;{MARK.hex()}"),
        ("a.hdu", f"{digest}:{len(FILE)}:PUA.A.B-3"),
        ("a.hsu", f"{digest}:*:PUA.A.B-4:73"),
        STRONG,
    ]
    assert pair.agree(lines, {"file": FILE}, "--allmatch")["file"] == only("Win.Trojan.Strong-1")
    assert len(pair.agree(lines, {"file": FILE}, "--allmatch", "--detect-pua")["file"]) == 5


def test_a_malformed_file_that_is_not_loaded(pair: Pair) -> None:
    pair.agree([("a.ndu", "what is this"), STRONG], {"file": FILE})


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--include-pua=Win",),
        ("--include-pua=Tool",),
        ("--include-pua=Win.Tool",),
        ("--include-pua=Andr",),
        ("--include-pua=win",),
        ("--include-pua=None",),
        ("--exclude-pua=Win",),
        ("--exclude-pua=Tool",),
        ("--exclude-pua=None",),
    ],
)
def test_one_category(pair: Pair, options: tuple[str, ...]) -> None:
    pair.agree([*UNWANTED, STRONG], {"file": FILE}, "--allmatch", "--detect-pua", *options)


@pytest.mark.parametrize("option", ["--include-pua=Win", "--exclude-pua=Win"])
def test_filters_leave_other_files_alone(pair: Pair, option: str) -> None:
    lines = [
        ("a.ndb", f"PUA.Andr.Tool-1:0:*:{MARK.hex()}"),
        ("a.ndu", f"PUA.Win.Tool-1:0:*:{MARK.hex()}"),
    ]
    pair.agree(lines, {"file": FILE}, "--allmatch", "--detect-pua", option)


def test_include_alone_does_not_switch_on(pair: Pair) -> None:
    assert (
        pair.agree([*UNWANTED, STRONG], {"file": BINARY + MARK}, "--include-pua=Win")["file"]
        == CLEAN
    )


@pytest.mark.parametrize("options", [(), ("--heuristic-scan-precedence",), ("--allmatch",)])
@pytest.mark.parametrize(
    "name", ["PUA.Win.Tool-1", "Heuristics.Made-1", "BC.Heuristics.Made-1", "pua.Win-1"]
)
def test_a_strong_alert_wins(pair: Pair, name: str, options: tuple[str, ...]) -> None:
    """An unwanted one is told at the end, unless a strong one turns up."""
    lines = [("a.ndb", f"{name}:14:*:{MARK.hex()}"), STRONG]
    files = {"both": FILE, "unwanted": BINARY + MARK, "strong": BINARY + b"and more"}
    pair.agree(lines, files, *options)


def test_a_strong_alert_of_the_same_pass(pair: Pair) -> None:
    """The peer ends a pass of its matcher at the unwanted alert and never sees the strong one."""
    lines = [("a.ndb", f"PUA.Win.Tool-1:0:*:{MARK.hex()}"), STRONG]
    seen = pair.both(lines, {"file": FILE})["file"]
    assert seen == (only("PUA.Win.Tool-1"), only("Win.Trojan.Strong-1"))


def test_the_last_of_several_unwanted(pair: Pair) -> None:
    lines = [("a.ndb", f"PUA.Tool-{n}:0:*:{(MARK + bytes([n])).hex()}") for n in range(3)]
    chunks = [MARK + bytes([n]) for n in range(3)]
    pair.agree(
        lines, {"up": BINARY + b"  ".join(chunks), "down": BINARY + b"  ".join(chunks[::-1])}
    )


def test_known_viruses_are_those_that_the_options_leave(
    peer: Program, ours: Program, tmp_path: Path
) -> None:
    database, file = tmp_path / "db", tmp_path / "file"
    write_database(database, [*UNWANTED, STRONG])
    file.write_bytes(FILE)
    for options, known in (((), 1), (("--detect-pua",), 1 + len(NAMES))):
        assert peer.load(database, file, *options).known == known
        assert ours.load(database, file, *options).known == known
