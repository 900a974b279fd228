"""Words for what several sorts of signatures have: levels, sizes, targets, offsets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nacre.matching import FUNCTIONALITY_LEVEL
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TARGETS = (
    "any data",
    "Windows programs (PE)",
    "OLE2 documents",
    "HTML, normalised",
    "mail",
    "pictures",
    "ELF programs",
    "text, normalised",
    "nothing",
    "Mach-O programs",
    "PDF",
    "Flash",
    "Java classes",
    "metadata of a scan",
    "data of no other target",
)
_DIGESTS = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
_PLACES = (
    (r"\*", "anywhere"),
    (r"(?P<start>\d*)", "at offset {start}"),
    (r"EOF-(\d+)", "{0} before the end"),
    (r"EP[+-]0*", "at the entry point"),
    (r"EP\+(\d+)", "{0} behind the entry point"),
    (r"EP-(\d+)", "{0} before the entry point"),
    (r"SL\+0*", "at the start of the last section"),
    (r"SL\+(\d+)", "{0} into the last section"),
    (r"S(?P<section>\d+)\+0*", "at the start of section {section}"),
    (r"S(?P<section>\d+)\+(\d+)", "{0} into section {section}"),
    (r"SE(?P<section>\d+)", "anywhere in section {section}"),
    (r"VI.*", "at a key of the version information"),
    (r"\$(?P<group>\d+)\$", "anywhere, for macro group {group}: never alerts by itself"),
)


def cut(name: str) -> str:
    """A name without what old tools appended to it."""
    return name.partition(" (Clam)")[0]


def count(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def target(text: str) -> Fact:
    """The target of a signature."""
    number = 0 if text in {"", "*"} else int(text) if text.isdecimal() else len(TARGETS)
    return Fact("target", text, TARGETS[number] if number < len(TARGETS) else "unknown")


def offset(text: str) -> str:
    """Where a pattern must be."""
    place, comma, shift = text.partition(",")
    for pattern, words in _PLACES:
        if match := re.fullmatch(pattern, place):
            named = {key: value or "0" for key, value in match.groupdict().items()}
            distances = [count(int(value), "byte") for value in match.groups() if value]
            where = words.format(distances[-1] if distances else "", **named)
            return f"{where}, or up to {shift or 0} bytes later" if comma else where
    return "no valid offset"


def size(text: str, of: str) -> Fact:
    """A size in bytes; `of` says of what."""
    return Fact("size", text, f"any size of {of}" if text == "*" else f"bytes of {of}")


def digest(text: str) -> Fact:
    """A hash; its kind shows in its length."""
    return Fact("hash", text, _DIGESTS.get(len(text), "no known kind of hash"))


def levels(fields: Sequence[str]) -> Iterator[Fact]:
    """The functionality levels at the end of a line, if there are any."""
    low, high = (*fields, "", "")[:2]
    if low or high:
        yield Fact("levels", f"{low or 0}-{high}", _levels(low, high))


def engine(text: str) -> Fact:
    """The functionality levels in the form ``min-max``."""
    low, _, high = text.partition("-")
    return Fact("levels", text, _levels(low, high or "0"))


def _levels(low: str, high: str) -> str:
    first, last = (_number(low, 0), _number(high, 1 << 32))
    fits = first <= FUNCTIONALITY_LEVEL <= last
    end = f"to {high}" if high else "and up"
    ours = f"this is {FUNCTIONALITY_LEVEL}" if fits else f"not this one, {FUNCTIONALITY_LEVEL}"
    return f"engine levels {low or 0} {end} ({ours})"


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default


def span(text: str, unit: str) -> str:
    """A range ``n-m``, a single number or any."""
    low, dash, high = text.partition("-")
    if text == "*":
        return "any"
    if not dash:
        return f"{text} {unit}".rstrip()
    return f"{low or 0} to {high or 0} {unit}".rstrip()
