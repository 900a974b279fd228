"""Ignore lists: which lines they keep from being loaded."""

from __future__ import annotations

import hashlib

import pytest

from compat.pair import BINARY, CLEAN, Pair, only

DATA = BINARY + b"to be ignored"
NAME = "Name-1"


def md5(data: bytes | str) -> str:
    content = data.encode() if isinstance(data, str) else data
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


LINES = {
    "a.hdb": f"{md5(DATA)}:{len(DATA)}:{NAME}",
    "a.hsb": f"{hashlib.sha256(DATA).hexdigest()}:*:{NAME}:73",
    "a.db": f"{NAME}={b'ignored'.hex()}",
    "a.ndb": f"{NAME}:0:*:{b'ignored'.hex()}",
    "b.ndb": f"{NAME}.{{x}}:0:*:{b'ignored'.hex()}",
    "a.ldb": f"{NAME};Target:0;0;{b'ignored'.hex()}",
}
OTHER = f"{NAME}:{md5('another line')}"


@pytest.mark.parametrize("file", LINES)
def test_names_and_pinned_lines(pair: Pair, file: str) -> None:
    line = LINES[file]
    pinned = f"{NAME}:{md5(line)}"
    lists = {
        (NAME,): True,
        (pinned,): True,
        (pinned.replace(md5(line), md5(line).upper()),): True,
        (OTHER,): False,
        (f"{NAME}:{md5(line + chr(10))}",): False,
        (OTHER, pinned): True,
        (pinned, OTHER): False,
        (NAME, OTHER): False,
        (f"Other-1:{md5('x')}", pinned): True,
        (f"{NAME}.UNOFFICIAL",): False,
        (f"a:b:{NAME}",): True,
        (NAME.lower(),): False,
    }
    for entries, ignored in lists.items():
        lines = [(file, line), *(("z.ign2", entry) for entry in entries)]
        found = pair.agree(lines, {"data": DATA})["data"]
        assert (found == CLEAN) == ignored, entries
        assert ignored or found == only(f"{NAME}.{{x}}" if file == "b.ndb" else NAME)


def test_a_list_of_the_old_form(pair: Pair) -> None:
    pair.agree([("a.ndb", LINES["a.ndb"]), ("a.ign", f"x:1:{NAME}")], {"data": DATA})
    for entry in ("", f"{NAME}:", f"{NAME}:12", f"a:b:{NAME}:c", ":x"):
        pair.agree([("a.ndb", LINES["a.ndb"]), ("a.ign2", entry)], {"data": DATA})
