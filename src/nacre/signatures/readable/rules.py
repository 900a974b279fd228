"""YARA rules, as they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"yar", "yara"})
PREFIX = "YARA."
LEAD = ""

_HEAD = re.compile(rb"^[ \t]*(?:(?:private|global)[ \t]+)*rule\s+(\w+)[^{/]*\{?", re.MULTILINE)
_END = re.compile(rb"^[ \t]*\}", re.MULTILINE)


def entries(file: str, content: bytes, wanted: str) -> Iterator[tuple[int, bytes]]:  # noqa: ARG001
    """The rule called `wanted`, from its head to a closing brace that begins a line."""
    bare = wanted.removeprefix(PREFIX).encode("utf-8", "surrogateescape")
    for head in _HEAD.finditer(content):
        if head[1] == bare:
            end = _END.search(content, head.end())
            start = head.start()
            after = _HEAD.search(content, head.end())
            stops = [found for found in (end and end.end(), after and after.start()) if found]
            number = content.count(b"\n", 0, start) + 1
            yield number, content[start : min(stops, default=len(content))]


def name(rule: str, suffix: str) -> str:  # noqa: ARG001 - one type
    """What the alert is called."""
    head = _HEAD.match(rule.encode("utf-8", "surrogateescape"))
    return PREFIX + head[1].decode("utf-8", "surrogateescape") if head else ""


def facts(rule: str, suffix: str) -> Iterator[Fact]:  # noqa: ARG001
    """Its lines."""
    label = "rule"
    for line in rule.splitlines():
        yield Fact(label, line.expandtabs(4))
        label = ""
