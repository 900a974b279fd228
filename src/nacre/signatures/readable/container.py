"""Signatures of what a container says about its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.signatures.readable import words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"cdb", "zmd", "rmd"})
PREFIX = ""
LEAD = ""

_ENCRYPTED = {"0": "no", "1": "yes", "*": "either"}
_CDB = (
    ("container", ""),
    ("its size", "bytes"),
    ("file name", "regex"),
    ("packed size", "bytes"),
    ("size", "bytes"),
    ("encrypted", ""),
    ("position", "among the members, from 1"),
)
_OLD = (
    ("encrypted", ""),
    ("file name", "regex"),
    ("size", "bytes"),
    ("packed size", "bytes"),
    ("CRC-32", "in hex"),
    ("method", "not looked at"),
    ("position", "among the members, from 1"),
    ("depth", "not looked at"),
)


def name(line: str, suffix: str) -> str:  # noqa: ARG001 - all have it in one place
    """The first field."""
    return words.cut(line.partition(":")[0])


def facts(line: str, suffix: str) -> Iterator[Fact]:
    """Every condition, those that hold for anything too."""
    _, *fields = line.split(":")
    if suffix != "cdb":
        yield Fact("container", {"zmd": "ZIP", "rmd": "RAR"}[suffix])
    for (label, unit), value in zip(_CDB if suffix == "cdb" else _OLD, fields, strict=False):
        yield Fact(label, value, _note(label, unit, value))
    if suffix == "cdb":
        yield from words.levels(fields[9:])


def _note(label: str, unit: str, value: str) -> str:
    if label == "encrypted":
        return _ENCRYPTED.get(value, "")
    if value == "*":
        return "any"
    return words.span(value, unit) if unit == "bytes" else unit
