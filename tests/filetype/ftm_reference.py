"""A ten-line matcher for the pattern language that builtin.ftm uses, over `re`."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

from nacre.filetype import builtin_ftm
from nacre.matching import Magic, TypeHit
from nacre.model.filetype import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.model.fmap import Fmap

_TOKEN = re.compile(
    r"(?P<gap>\{(?P<low>\d+)(-(?P<high>\d+))?\})|(?P<any>\*)|(?P<alternates>\([0-9a-f|]+\))"
    r"|(?P<skip>\?\?)|(?P<low_nibble>\?(?P<ln>[0-9a-f]))|(?P<high_nibble>(?P<hn>[0-9a-f])\?)"
    r"|(?P<byte>[0-9a-f]{2})"
)


def to_regex(pattern: str) -> re.Pattern[bytes]:
    out, at = b"", 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        assert token, pattern[at:]
        at = token.end()
        if token["gap"]:
            out += b".{%d,%d}?" % (int(token["low"]), int(token["high"] or token["low"]))
        elif token["any"]:
            out += b".*?"
        elif token["alternates"]:
            parts = token["alternates"][1:-1].split("|")
            out += b"(?:" + b"|".join(re.escape(bytes.fromhex(part)) for part in parts) + b")"
        elif token["skip"]:
            out += b"."
        elif token["high_nibble"]:
            out += b"[" + re.escape(bytes([int(token["hn"] + "0", 16)])) + b"-"
            out += re.escape(bytes([int(token["hn"] + "f", 16)])) + b"]"
        else:
            out += re.escape(bytes.fromhex(token["byte"]))
    return re.compile(b"(?=(" + out + b"))", re.DOTALL)


def lines() -> list[list[str]]:
    text = builtin_ftm().decode("ascii")
    return [line.split(":") for line in text.splitlines() if not line.startswith("#")]


def magics() -> list[Magic]:
    found = [
        Magic(int(offset), bytes.fromhex(pattern), BY_NAME[detected], partition=kind == "4")
        for kind, offset, pattern, _, _, detected in lines()
        if kind in "04"
    ]
    return found[::-1]


def _allowed(where: str, at: int, size: int) -> bool:
    if where == "*":
        return True
    if where.startswith("EOF-"):
        return at == size - int(where[4:])
    start, _, shift = where.partition(",")
    return int(start) <= at <= int(start) + int(shift or 0)


def searcher() -> Callable[[Fmap], list[TypeHit]]:
    patterns = [
        (offset, to_regex(pattern), BY_NAME[required], BY_NAME[detected])
        for kind, offset, pattern, _, required, detected in lines()
        if kind == "1"
    ]

    def search(data: Fmap) -> list[TypeHit]:
        content = data.read(0, len(data))
        hits = [
            (found.end(1), TypeHit(required, detected, found.start()))
            for where, pattern, required, detected in patterns
            for found in pattern.finditer(content)
            if _allowed(where, found.start(), len(content))
        ]
        return [hit for _, hit in sorted(hits, key=itemgetter(0))]

    return search
