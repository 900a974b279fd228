"""Bytes that a real signature alerts on.

Reads a body pattern and gives one string it matches; reads a logical signature, finds counts of its
subsignatures that make its expression true, and lays them out in a file that no parser takes for
anything but binary data. Signatures about programs become signatures about binary data: nothing in
their patterns needs more, unless an offset does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.language.logic import holds
from compat.pair import BINARY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_TOKEN = re.compile(
    r"(?P<star>\*)|\{(?P<gap>[0-9-]*)\}|\[(?P<lone>[0-9-]+)\]"
    r"|(?P<class>!?\([BLW]\))|(?P<not>!)?\((?P<block>(?:[^()]|\([^()]*\))*)\)|(?P<unit>[0-9a-fA-F?]{2})"
)
_CLASS = {"B": b" ", "L": b"\n", "W": b" "}
_ABSOLUTE = re.compile(r"(\d+)(?:,(\d+))?")
_END = re.compile(r"EOF-(\d+)(?:,(\d+))?")
LARGEST = 60_000
TRIES = 200


class UnplantableError(Exception):
    """The signature needs something that plain bytes cannot give."""


def instance(pattern: str, modifiers: str = "") -> bytes:
    """Bytes that `pattern` matches."""
    out = bytearray()
    wide = "w" in modifiers and "a" not in modifiers
    at = 0
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None:
            raise UnplantableError(pattern)
        at = match.end()
        out += _piece(match, wide=wide)
    return b" " + bytes(out) + b" " if "f" in modifiers else bytes(out)


def _piece(match: re.Match[str], *, wide: bool) -> bytes:
    if match["star"]:
        return b"\x01"
    if match["gap"] is not None or match["lone"] is not None:
        return b"\x01" * _least(match["gap"] or match["lone"] or "0")
    if match["class"]:
        # At either end it is a condition on a byte outside; these meet it both ways.
        return b"\x80" if match["class"].startswith("!") else _CLASS[match["class"].strip("!()")]
    if match["block"] is not None:
        member = match["block"].split("|")[0]
        inner = instance(member, "w" if wide else "")
        return bytes(byte ^ 0x15 for byte in inner) if match["not"] else inner
    byte = bytes([int(match["unit"].replace("?", "1"), 16)])
    return byte + b"\0" if wide else byte


def _least(text: str) -> int:
    low = text.partition("-")[0]
    return int(low) if low else 0


@dataclass(frozen=True, slots=True)
class Place:
    """One subsignature's bytes and where they must stand: absolute, from the end, or anywhere."""

    data: bytes
    start: int | None = None
    from_end: int | None = None


def place(sub: str) -> Place:
    """Where and what of a subsignature."""
    if "/" in sub or "#" in sub or "$" in sub:
        raise UnplantableError(sub)
    body, _, modifiers = sub.partition("::")
    offset, colon, pattern = body.partition(":")
    if not colon:
        return Place(instance(offset, modifiers))
    data = instance(pattern, modifiers)
    if offset in ("*", ""):
        return Place(data) if offset else Place(data, start=0)
    if match := _ABSOLUTE.fullmatch(offset):
        return Place(data, start=int(match[1]))
    if match := _END.fullmatch(offset):
        return Place(data, from_end=int(match[1]))
    raise UnplantableError(sub)


def layout(places: list[Place]) -> bytes:
    """One file with everything in its place."""
    fixed = sorted((p for p in places if p.start is not None), key=lambda p: p.start or 0)
    out = bytearray()
    for piece in fixed:
        assert piece.start is not None
        if piece.start < len(out) or piece.start > LARGEST:
            raise UnplantableError("offsets overlap")
        out += _filler(piece.start - len(out), first=not out) + piece.data
    out += bytes(len(out) & 1) + BINARY
    for piece in places:
        if piece.start is None and piece.from_end is None:
            out += piece.data + b"\x02"
    tail = [p for p in places if p.from_end is not None]
    if len(tail) > 1 or any((p.from_end or 0) < len(p.data) for p in tail):
        raise UnplantableError("ends overlap")
    for piece in tail:
        out += piece.data + b"\x02" * ((piece.from_end or 0) - len(piece.data))
    if len(out) > LARGEST:
        raise UnplantableError("too large")
    return bytes(out)


def _filler(size: int, *, first: bool) -> bytes:
    return (BINARY + b"\x02" * size)[:size] if first else b"\x02" * size


def counts_for(expression: str, count: int, rng: Random) -> list[int]:
    """How often each subsignature must match for the expression to be true."""
    vectors: Iterator[list[int]] = iter(
        [[1] * count, *([rng.choice((0, 1, 1, 2, 5)) for _ in range(count)] for _ in range(TRIES))]
    )
    for vector in vectors:
        try:
            if any(vector) and holds(expression, vector):
                return vector
        except (AssertionError, IndexError):
            break
    raise UnplantableError(expression)


def planted_logical(line: str, rng: Random) -> tuple[str, bytes]:
    """A real logical signature as one about binary data, and a file for it."""
    name, _, expression, *subs = line.split(";")
    counts = counts_for(expression, len(subs), rng)
    places = [place(sub) if times else None for sub, times in zip(subs, counts, strict=True)]
    pieces = [p for p, times in zip(places, counts, strict=True) if p for _ in range(times)]
    if any(
        counts[i] > 1 and p and (p.start, p.from_end) != (None, None) for i, p in enumerate(places)
    ):
        raise UnplantableError("one place, several times")
    text = ";".join((name, "Engine:51-255,Target:14", expression, *subs))
    return text, layout(pieces)


def planted_body(line: str) -> tuple[str, bytes]:
    """A real body signature as one about any data, and a file for it."""
    name, _, offset, pattern, *_ = line.split(":")
    sub = pattern if offset == "*" else f"{offset}:{pattern}"
    return f"{name}:0:{offset}:{pattern}", layout([place(sub)])
