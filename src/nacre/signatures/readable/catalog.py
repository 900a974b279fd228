"""Catalogs: a digest that is in one is its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nacre.signatures.readable import words
from nacre.signatures.readable.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({"cat"})
PREFIX = ""
LEAD = ""

_DIGEST = re.compile(r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_OCTET_STRING = b"\x04"


def entries(file: str, content: bytes, wanted: str) -> Iterator[tuple[int, bytes]]:  # noqa: ARG001
    """The digest `wanted`, if the catalog lists it; a catalog has no lines."""
    if _DIGEST.fullmatch(wanted):
        digest = bytes.fromhex(wanted)
        if _OCTET_STRING + bytes([len(digest)]) + digest in content:
            yield 0, wanted.encode()


def name(digest: str, suffix: str) -> str:  # noqa: ARG001 - one type
    """The digest."""
    return digest if _DIGEST.fullmatch(digest) else ""


def facts(digest: str, suffix: str) -> Iterator[Fact]:  # noqa: ARG001
    """The digest, and what it is good for."""
    yield words.digest(digest)
    yield Fact(
        "of", "a file or program", "trusted, as long as a rule trusts who signed the catalog"
    )
