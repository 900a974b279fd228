"""Body patterns for people: bytes with their text beside them, wildcards by name."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[str, str]
"""A piece of the pattern, and what it means."""

_PER_ROW = 16
_LONGEST = 40
"""Characters of a piece that are shown in one row."""
_PIECE = re.compile(
    r"(?P<bytes>(?:[0-9A-Fa-f]{2})+)|(?P<any>(?:\?\?)+)|(?P<half>[0-9A-Fa-f?]{2})|(?P<gap>\*)"
    r"|(?P<range>\{[^}]*\})|(?P<near>\[[^\]]*\])|(?P<open>!?\()"
)
_CLASSES = {"B": "a word boundary", "L": "a line boundary", "W": "no letter or digit"}
_MODIFIERS = {
    "i": "in any case",
    "w": "wide: a zero byte behind each",
    "a": "narrow as well",
    "f": "as a whole word",
}


def rows(pattern: str) -> Iterator[Row]:
    """The pieces of a pattern; what is there several times on end is told once."""
    for row, same in groupby(_pieces(pattern)):
        times = len(list(same))
        text, note = row
        yield (text, note) if times == 1 else (text, f"{note}, {times} times".lstrip(", "))


def _pieces(pattern: str) -> Iterator[Row]:
    at = 0
    while at < len(pattern):
        match = _PIECE.match(pattern, at)
        if match is None:
            yield pattern[at:], "no valid pattern"
            return
        if match.lastgroup == "open":
            end = _closing(pattern, match.end())
            yield from _block(pattern[at:end])
            at = end
        else:
            yield from _piece(match.lastgroup or "", match[0])
            at = match.end()


def modifiers(letters: str) -> str:
    """What the letters behind ``::`` ask for."""
    known = [_MODIFIERS.get(letter, f"unknown modifier {letter}") for letter in letters]
    return ", ".join(known)


def printed(content: bytes) -> str:
    """The bytes as text between quotes, dots for those that do not print; or nothing."""
    text = "".join(chr(byte) if " " <= chr(byte) <= "~" else "." for byte in content)
    return f'"{text}"' if text.strip(".") else ""


def _piece(kind: str, text: str) -> Iterator[Row]:
    match kind:
        case "bytes":
            for at in range(0, len(text), 2 * _PER_ROW):
                part = text[at : at + 2 * _PER_ROW]
                yield part, printed(bytes.fromhex(part))
        case "any":
            size = len(text) // 2
            yield _shortened(text), "any byte" if size == 1 else f"any {size} bytes"
        case "half":
            which = "low" if text[0] == "?" else "high"
            yield text, f"a byte whose {which} half is {text.strip('?')}"
        case "gap":
            yield text, "any gap"
        case _:
            yield text, _gap(text)


def _gap(text: str) -> str:
    low, dash, high = text[1:-1].partition("-")
    if not dash:
        high = low
    if text.startswith("{") and not high.strip("0"):
        return f"{low} bytes or more" if low.strip("0") else "any gap"
    if low == high:
        return f"{low} bytes" if low != "1" else "1 byte"
    return f"{low or 0} to {high} bytes"


def _closing(pattern: str, at: int) -> int:
    """The end of the block whose inside begins at `at`."""
    depth = 1
    while at < len(pattern) and depth:
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        at += 1
    return at


def _block(text: str) -> Iterator[Row]:
    negated = text.startswith("!")
    inside = text.lstrip("!")[1:].removesuffix(")")
    if inside in _CLASSES:
        yield text, ("not " if negated else "") + _CLASSES[inside]
        return
    members = _members(inside)
    which = "none of" if negated else "one of"
    if len(text) <= _LONGEST:
        shown = ", ".join(_member(member) or member or "nothing" for member in members)
        yield text, f"{which}: {shown}"
        return
    yield ("!(" if negated else "("), f"{which} {len(members)}:"
    for number, member in enumerate(members):
        end = ")" if number == len(members) - 1 else "|"
        yield f"  {_shortened(member)} {end}", _member(member)


def _members(inside: str) -> list[str]:
    """Alternatives, of which one may have a block of its own inside."""
    members, depth = [""], 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and not depth:
            members.append("")
        else:
            members[-1] += character
    return members


def _member(member: str) -> str:
    if re.fullmatch("(?:[0-9A-Fa-f]{2})+", member):
        return printed(bytes.fromhex(member))
    return ""


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
