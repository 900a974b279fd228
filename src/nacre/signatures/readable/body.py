"""Body signatures: one pattern at an offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.signatures.readable import pattern, words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"ndb", "ndu", "sdb", "db"})
PREFIX = ""
LEAD = ""


def name(line: str, suffix: str) -> str:
    """The first field."""
    return words.cut(line.partition("=" if suffix == "db" else ":")[0])


def facts(line: str, suffix: str) -> Iterator[Fact]:
    """Target, offset, pattern, levels."""
    if suffix == "db":
        yield words.target("0")
        yield from _pattern(line.partition("=")[2])
        return
    _, target, offset, content, *levels = line.split(":")
    yield words.target(target)
    yield Fact("offset", offset, words.offset(offset))
    yield from _pattern(content)
    yield from words.levels(levels)


def _pattern(content: str) -> Iterator[Fact]:
    label = "pattern"
    for text, note in pattern.rows(content):
        yield Fact(label, text, note)
        label = ""
