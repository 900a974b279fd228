"""Portable Executable files: programs and libraries of Windows.

Layout: a DOS header, whose field at 60 says where the PE headers are, then the section table. Spec:
Microsoft's "PE Format". Yields one child where the program is packed by a packer that can be undone
(crates/executables, `packer`): the program as its loader would unpack it, with headers around it.
Yields the files that a setup program of InstallShield carries in a list behind its sections, one
Member and one Child each, those of its cabinets without a Member, as in ClamAV. What else lies
behind the sections or in resources is part of the bytes that are matched, and found there by its
own magic. Tells of programs that look infected (executables/infected.py). Unlike ClamAV says so
when a packed program cannot be unpacked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.executables import Program, infections
from nacre.formats.base import BROKEN_EXECUTABLE, few_problems, label, partial_member, stored_member
from nacre.formats.packed import unpacked
from nacre.formats.program_facts import program_facts
from nacre.model.errors import FormatError
from nacre.model.event import Event, Finding, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.switches import Switch
from nacre.parsers.installshield import Cabinets, entries, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Metadata
    from nacre.model.fmap import Fmap


class PeHandler:
    """Says when the headers of a PE are broken, and unpacks it and what a setup program has."""

    TYPES: ClassVar = frozenset({FileType.MSEXE})
    OPTION: ClassVar = "scan_pe"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        program = Program(data, FileType.MSEXE)
        if program.broken:
            yield BROKEN_EXECUTABLE
        for name in infections(program, data):
            yield Finding(name, "heuristic_alerts")
        if program.fault is None and budget.switches.has(Switch.INSTALLSHIELD):
            places = [section.place for section in program.sections]
            end = max((place.offset + place.size for place in places), default=len(data))
            yield from few_problems(_listed(data, end, budget))
        yield from unpacked(program, budget)

    def describe(self, data: Fmap, _budget: Budget) -> Iterator[Metadata]:
        """Tell what the headers say."""
        yield from program_facts(Program(data, FileType.MSEXE), data)


def _listed(data: Fmap, start: int, budget: Budget) -> Iterator[Event]:
    """The files of a list that may begin at `start`."""
    cabinets = Cabinets()
    for position, entry in enumerate(entries(data, start, budget)):
        yield Member(entry.name, entry.size, entry.size, position)
        present = len(entry.content)
        if present < entry.size:
            yield Problem(f"{label(entry.name)}: {entry.size} bytes promised, {present} present")
        if not cabinets.add(entry):
            yield from stored_member(entry.content, entry.name, entry.size, budget)
    for name, header, volumes in cabinets.sets():
        try:
            for part in parts(header, volumes, budget):
                yield from partial_member(
                    part.content, part.status, part.name, part.stored_size, budget
                )
        except FormatError as error:
            yield Problem(f"{label(name)}: {error}")
