"""Descriptions of icons: where their areas lie and what stands out in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"idb"})
PREFIX = ""
LEAD = ""

_DIGITS = 124
_AREAS = (
    ("coloured", 3, "most coloured areas"),
    ("grey", 3, "least coloured areas"),
    ("bright", 2, "brightest areas"),
    ("dark", 2, "darkest areas"),
    ("edges", 2, "areas with most structure"),
    ("plain", 2, "areas with least structure"),
)
_WITHOUT_COLOURS = {"coloured": "further areas with most structure", "grey": "and with least"}
_SHARES = ("red", "green", "blue")


def name(line: str, suffix: str) -> str:  # noqa: ARG001 - all have it in one place
    """The first field."""
    return line.partition(":")[0]


def facts(line: str, suffix: str) -> Iterator[Fact]:  # noqa: ARG001
    """Groups, and the description field by field."""
    _, first, second, digits = line.split(":")
    yield Fact("icon group 1", first, "what IconGroup1 of logical signatures asks for")
    yield Fact("icon group 2", second, "what IconGroup2 of logical signatures asks for")
    yield Fact("side", digits[:2], f"{int(digits[:2], 16)} pixels wide and high, once scaled")
    other = {} if int(digits[-2:], 16) else _WITHOUT_COLOURS
    at = 2
    for label, width, words in _AREAS:
        size = 3 * (width + 4)
        note = other.get(label, words)
        yield Fact(
            label, digits[at : at + size], f"{note}: {_places(digits[at : at + size], width)}"
        )
        at += size
    yield from _colours(digits[at:_DIGITS])


def _places(digits: str, width: int) -> str:
    each = width + 4
    areas = (digits[at : at + each] for at in range(0, 3 * each, each))
    return ", ".join(
        f"{int(area[:width], 16)} at {int(area[width:-2], 16)}/{int(area[-2:], 16)}"
        for area in areas
    )


def _colours(digits: str) -> Iterator[Fact]:
    *shares, coloured = (int(digits[at : at + 2], 16) for at in range(0, 8, 2))
    mixed = ", ".join(f"{share} {colour}" for share, colour in zip(shares, _SHARES, strict=True))
    yield Fact("shares", digits[:6], f"{mixed} of a hundred" if coloured else "has no colours")
    yield Fact("colours", digits[6:], f"{coloured} of a hundred pixels are coloured")
