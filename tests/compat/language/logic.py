"""What a logical expression means, read from the description and from what the peer does.

An own small reading of the grammar: the generator needs files on both sides of an expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of several signs in a row, and of several conditions, the last one counts.
_INDEX = re.compile(r"(\d+)(?:(?:[=<>]\d*)*([=<>])(\d+)(?:,\d*)?)?")
_CONDITION = re.compile(r"([=<>])(\d+)(?:,(\d*))?(?:,\d*)*")


@dataclass(frozen=True, slots=True)
class Value:
    """Truth, the matches behind it, and the subsignatures among them."""

    true: bool
    total: int = 0
    seen: frozenset[int] = frozenset()


FALSE = Value(true=False)


def holds(expression: str, counts: Sequence[int]) -> bool:
    """Whether `expression` is true where subsignature i matched `counts[i]` times."""
    return _value(expression.replace(" ", ""), counts).true


def _value(text: str, counts: Sequence[int]) -> Value:
    inner, condition = _whole_block(text)
    if inner is not None:
        return _conditioned(_split(inner, counts, last=True), condition)
    return _split(text, counts, last=False)


def _split(text: str, counts: Sequence[int], *, last: bool) -> Value:
    """Split at the first operator outside brackets, or at the last one directly inside a block."""
    places = _operators(text)
    if not places:
        return _leaf(text, counts)
    at = places[-1] if last else places[0]
    left, right = _value(text[:at], counts), _value(text[at + 1 :], counts)
    true = left.true and right.true if text[at] == "&" else left.true or right.true
    if not true:
        return FALSE
    parts = [value for value in (left, right) if value.true]
    return Value(
        true=True,
        total=sum(value.total for value in parts),
        seen=frozenset[int]().union(*(value.seen for value in parts)),
    )


def _leaf(text: str, counts: Sequence[int]) -> Value:
    inner, _ = _whole_block(text)
    if inner is not None:
        return _value(text, counts)
    match = _INDEX.fullmatch(text)
    assert match, text
    index = int(match[1])
    count = counts[index]
    true = _compare(match[2], count, int(match[3])) if match[2] else count > 0
    return Value(true=true, total=count, seen=frozenset({index})) if true else FALSE


def _conditioned(value: Value, condition: str) -> Value:
    if not condition:
        return value
    match = _CONDITION.fullmatch(condition)
    assert match, condition
    true = _compare(match[1], value.total, int(match[2]))
    if match[3]:
        true = true and len(value.seen) >= int(match[3])
    # How many differ is not told to the block around this one.
    return Value(true=True, total=value.total) if true else FALSE


def _compare(sign: str, left: int, right: int) -> bool:
    return {"=": left == right, ">": left > right, "<": left < right}[sign]


def _operators(text: str) -> list[int]:
    places, depth = [], 0
    for at, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0 and char in "&|":
            places.append(at)
    return places


def _whole_block(text: str) -> tuple[str | None, str]:
    """The inside of a block that spans `text`, and the condition behind it."""
    if not text.startswith("("):
        return None, ""
    depth = 0
    for at, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            rest = text[at + 1 :]
            return (None, "") if any(c in rest for c in "&|(") else (text[1:at], rest)
    return None, ""
