"""Finding signatures by name in the files of a database, without compiling it.

The files are read once, a piece at a time; a line is looked at only when the name stands in it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from nacre.cvd import Container
from nacre.database import sources
from nacre.database.compiler import is_signatures, read
from nacre.signatures import LineKind, SignatureType, suffix_of, type_of
from nacre.signatures.readable import Fact, Readable, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from nacre.database.sources import Source

_UNOFFICIAL = ".UNOFFICIAL"
_BYTECODE = "cbc"
_PLAIN_KINDS = {None, LineKind.KEPT}
"""Programs, and what is only looked up: reported as they are, whoever made them."""
_LONGEST = 1 << 16
"""Bytes that are kept while the end of a line is looked for; no signature is as long."""
_LARGEST = 16 << 20
"""Bytes of a file that is not made of lines, which is looked at as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """A signature, where it stands and what it says."""

    name: str
    """As it is reported."""
    source: Path
    file: str
    """The signature file: `source` itself, or a member of it."""
    line: int
    """0 in a file that is not made of lines."""
    official: bool
    type: SignatureType
    suffix: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _File:
    source: Path
    name: str
    type: SignatureType
    official: bool
    chunks: Iterable[bytes]


def find(paths: Sequence[Path], name: str) -> Iterator[Found]:
    """Every signature called `name`, with or without `.UNOFFICIAL`, in load order.

    Raises:
        DatabaseError: a path is missing, or a container damaged.
    """
    wanted = name.removesuffix(_UNOFFICIAL)
    if not wanted or "\n" in wanted:
        return
    for source in sources.find(paths).files:
        for file in _files(source):
            module = readable(suffix_of(file.name))
            if module is not None:
                yield from _in_file(file, module, wanted)


def _files(source: Source) -> Iterator[_File]:
    if source.is_container:
        container = Container.open(source.path)
        for member in container.members(is_signatures):
            kind = type_of(member.name)
            if kind is not None:
                pieces = map(bytes, member.chunks)
                yield _File(source.path, member.name, kind, container.official, pieces)
    else:
        kind = type_of(source.path.name)
        if kind is not None:
            chunks = read(source.path)
            yield _File(source.path, source.path.name, kind, source.official, chunks)


def _in_file(file: _File, module: Readable, wanted: str) -> Iterator[Found]:
    suffix = suffix_of(file.name)
    if file.type.by_line:
        entries = _lines_with(file.chunks, os.fsencode(module.LEAD + wanted))
    else:
        entries = module.entries(file.name, _whole(file.chunks), wanted)
    for number, raw in entries:
        text = raw.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        name = module.name(text, suffix)
        if text.startswith("#") or wanted not in {name, name.removeprefix(module.PREFIX)}:
            continue
        plain = not file.type.counted or file.type.kind in _PLAIN_KINDS
        official = file.official or plain
        yield Found(
            name if official else name + _UNOFFICIAL,
            file.source,
            file.name,
            number,
            file.official,
            file.type,
            suffix,
            _facts(module, text, suffix),
        )


def _facts(module: Readable, text: str, suffix: str) -> tuple[Fact, ...]:
    """What the entry says; one that is malformed is shown as it is."""
    try:
        return tuple(module.facts(text, suffix))
    except (ValueError, IndexError, KeyError):
        return (Fact("malformed", text),)


def _lines_with(chunks: Iterable[bytes], needle: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and text of the lines that `needle` stands in."""
    number, rest = 1, b""
    for chunk in chunks:
        piece = rest + chunk
        end = piece.rfind(b"\n") + 1
        yield from _in_piece(piece[:end], needle, number)
        number += piece.count(b"\n")
        rest = piece[end:][-_LONGEST:]
    yield from _in_piece(rest, needle, number)


def _in_piece(piece: bytes, needle: bytes, number: int) -> Iterator[tuple[int, bytes]]:
    counted = 0
    at = piece.find(needle)
    while at >= 0:
        start = piece.rfind(b"\n", 0, at) + 1
        end = piece.find(b"\n", at)
        end = len(piece) if end < 0 else end
        number += piece.count(b"\n", counted, start)
        counted = start
        yield number, piece[start:end]
        at = piece.find(needle, end)


def _whole(chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk[: _LARGEST - len(content)]
    return bytes(content)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a signature file, as it stands there."""

    file: str
    suffix: str
    text: str


def every_line(path: Path) -> Iterator[Line]:
    """The lines of all signature files at `path`, but comments; a file or a folder of them.

    Files that are not made of lines (YARA, catalogs ...) are left out; of a bytecode program come
    the first two lines, which say what it is and when it runs.

    Raises:
        DatabaseError: the path is missing, or a container damaged.
    """
    for source in sources.find([path]).files:
        for file in _files(source):
            suffix = suffix_of(file.name)
            if not file.type.by_line and suffix != _BYTECODE:
                continue
            last = 2 if suffix == _BYTECODE else None
            for raw in islice(_lines(file.chunks), last):
                text = raw.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
                if text and not text.startswith("#"):
                    yield Line(file.name, suffix, text)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()[:_LARGEST]
        yield from lines
    if rest:
        yield rest
