"""What the phishing check looks up: hosts, regexes and URL hashes. An entry is its own name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nacre.signatures.readable import words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"pdb", "gdb", "wdb"})
PREFIX = ""
LEAD = ":"

_LEVELS = re.compile(r"(.*):(\d+)-(\d*)")
_LISTS = {"S": "malware", "S1": "blocked", "S2": "phishing"}
_PARTS = {
    "F": "SHA-256 of host and path",
    "P": "its first four bytes: loaded, not looked at",
    "W": "SHA-256 of host and path: allowed, taken off the lists loaded later",
}
_TEXTS = {
    "H": ("displayed host", "a link that shows it, or a host below it, is looked at closely"),
    "R": ("regex", "over real:displayed/ of a link; what matches is looked at closely"),
    "X": ("regex", "over real:displayed/ of a link; what matches is allowed"),
    "Y": ("regex", "over the real target of a link; what matches is allowed"),
}


def name(line: str, suffix: str) -> str:  # noqa: ARG001 - all have it in one place
    """The host, of a pair the real one, the regex or the hash."""
    kind, entry, _ = _fields(line)
    if kind.startswith("S"):
        return entry[2:]
    return entry.partition(":")[0] if kind.startswith("M") else entry


def facts(line: str, suffix: str) -> Iterator[Fact]:  # noqa: ARG001
    """What is looked up, and what it means."""
    kind, entry, levels = _fields(line)
    if kind.startswith("S"):
        part, _, digest = entry.partition(":")
        yield Fact("list", kind, _LISTS.get(kind, "any other"))
        yield Fact("hash", digest, _PARTS[part])
    elif kind.startswith("M"):
        real, _, displayed = entry.partition(":")
        yield Fact("real host", real, "such a link is allowed")
        yield Fact("displayed host", displayed)
    else:
        label, note = _TEXTS[kind[:1]]
        yield Fact(label, entry, note)
    yield from words.levels(levels)


def _fields(line: str) -> tuple[str, str, tuple[str, ...]]:
    """Kind, entry, levels."""
    ranged = _LEVELS.fullmatch(line)
    kind, _, entry = (ranged[1] if ranged else line).partition(":")
    return kind, entry, (ranged[2], ranged[3]) if ranged else ()
