"""Hash lines: whole files, allow lists, sections and imports of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.signatures.readable import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.signatures.readable.fact import Fact

_SECTIONS = frozenset({"mdb", "msb", "mdu", "msu"})
SUFFIXES = frozenset({"hdb", "hsb", "hdu", "hsu", "fp", "sfp", "imp"}) | _SECTIONS
PREFIX = ""
LEAD = ":"
_OF = {"imp": "the text of the imports"} | dict.fromkeys(_SECTIONS, "the section")


def name(line: str, suffix: str) -> str:  # noqa: ARG001 - all hash lines have it in one place
    """The third field."""
    return words.cut([*line.split(":"), "", ""][2])


def facts(line: str, suffix: str) -> Iterator[Fact]:
    """Hash, size, levels."""
    first, second, _, *levels = line.split(":")
    digest, size = (second, first) if suffix in _SECTIONS else (first, second)
    yield words.digest(digest)
    yield words.size(size, _OF.get(suffix, "the file"))
    yield from words.levels(levels)
