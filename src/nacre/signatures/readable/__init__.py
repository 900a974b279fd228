"""Signatures for people: one module per sort of line, imported when one is to be shown.

A module has `SUFFIXES`, whose lines it reads, and functions for them. Lines are only shown here,
not judged: what is wrong with one is for the image builder to say.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


__all__ = ["Fact", "Readable", "readable"]


class Readable(Protocol):
    """What a module of this package offers."""

    SUFFIXES: frozenset[str]
    PREFIX: str
    """What a name may be given without."""
    LEAD: str
    """What stands before the name in a line; helps to find it."""

    def name(self, line: str, suffix: str) -> str:
        """The name in `line`; empty where there is none."""

    def facts(self, line: str, suffix: str) -> Iterator[Fact]:
        """What `line` says; ValueError, IndexError or KeyError when it is malformed."""

    def entries(self, file: str, content: bytes, wanted: str) -> Iterator[tuple[int, bytes]]:
        """Line number and text of what may be called `wanted`; only where entries are no lines."""


def readable(suffix: str) -> Readable | None:
    """The module for lines of files with `suffix`, or None."""
    return _walk().get(suffix)


@cache
def _walk() -> Mapping[str, Readable]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        imported = import_module(f"{__name__}.{module.name}")
        for suffix in getattr(imported, "SUFFIXES", ()):
            found[suffix] = cast("Readable", imported)
    return found
