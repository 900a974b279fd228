"""Signatures about one program: hits and near misses of everything that refers to its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.programs.collection import type_of
from nacre.executables import Program
from nacre.model.filetype import TARGET
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 12
MOST_SECTIONS = 4
MOST_KEYS = 6

Line = tuple[str, str]


def about(label: str, data: bytes) -> Iterator[Line]:
    """Lines about `data`, named after `label`. What they do is the peer's to say."""
    file_type = type_of(data)
    if file_type is None:
        return
    target = int(TARGET[file_type])
    program = Program(Fmap.from_bytes(data), file_type)
    for number, (offset, place) in enumerate(_places(program, len(data))):
        pattern = data[place : place + LENGTH] if place >= 0 else b""
        if len(pattern) == LENGTH and len(set(pattern)) > 2:
            yield "offsets.ndb", f"{label}.{number}:{target}:{offset}:{pattern.hex()}"
    marks = [data[at : at + LENGTH] for at in range(len(data) // 2, len(data) - LENGTH, 7)]
    mark = next((mark for mark in marks if len(set(mark)) > 4), data[:LENGTH])
    for number, condition in enumerate(_conditions(program)):
        block = f"Engine:51-255,Target:{target},{condition}"
        yield "conditions.ldb", f"{label}.c{number};{block};0;{mark.hex()}"


def _places(program: Program, size: int) -> Iterator[tuple[str, int]]:
    """Offset fields, and where in the file the pattern for each is taken from."""
    entry = program.entry_point or 0
    for n in (0, 1, 20):
        for off in (0, 1, -1):
            yield f"EP+{n}", entry + n + off
    yield "EP-4", entry - 4
    yield "EP-4", entry - 3
    for shift in (0, 8, 9):
        yield "EP+2,8", entry + 2 + shift
    yield from _section_places(program)
    for off in (0, 1):
        yield "EOF-64", size - 64 + off
    for key in program.version_keys()[:MOST_KEYS]:
        yield "VI", key
        yield "VI", key + 2


def _section_places(program: Program) -> Iterator[tuple[str, int]]:
    sections = program.sections
    chosen = [*range(len(sections))][:MOST_SECTIONS] + [*range(len(sections))][-1:]
    for number in chosen:
        place = sections[number].place
        start, end = place.offset, place.offset + place.size
        for off in (0, 1, -1):
            yield f"S{number}+16", start + 16 + off
        for at in (start - 1, start, (start + end) // 2, end - LENGTH, end, end + 1):
            yield f"SE{number}", at
        yield f"SE{number},3", end + 3
        yield f"SE{number},3", end + 4
    yield f"S{len(sections)}+0", sections[-1].place.offset if sections else 0
    if sections:
        for off in (0, 1):
            yield "SL+4", sections[-1].place.offset + 4 + off


def _conditions(program: Program) -> Iterator[str]:
    entry, count = program.entry_point or 0, len(program.sections)
    for low, high in ((entry, entry), (entry + 1, entry + 9), (0, max(entry - 1, 0))):
        yield f"EntryPoint:{low}-{high}"
    for low, high in ((count, count), (count + 1, count + 2), (0, max(count - 1, 0))):
        yield f"NumberOfSections:{low}-{high}"
