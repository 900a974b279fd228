"""OpenIOC indicators: a hash of files of any size each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.signatures.readable import words
from nacre.signatures.types.ioc import indicators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.signatures.readable.fact import Fact

SUFFIXES = frozenset({"ioc"})
PREFIX = ""
LEAD = ""


def entries(file: str, content: bytes, wanted: str) -> Iterator[tuple[int, bytes]]:
    """The line of the document in which the digest at the end of the name stands."""
    digest = wanted.rpartition(".")[2].encode("utf-8", "surrogateescape")
    for line in indicators(file, [content]):
        if line.startswith(digest + b":"):
            yield content.count(b"\n", 0, content.find(digest)) + 1, line


def name(line: str, suffix: str) -> str:  # noqa: ARG001 - one type
    """What the alert is called."""
    return line.split(":")[2]


def facts(line: str, suffix: str) -> Iterator[Fact]:  # noqa: ARG001
    """The digest."""
    digest, size = line.split(":")[:2]
    yield words.digest(digest)
    yield words.size(size, "the file")
