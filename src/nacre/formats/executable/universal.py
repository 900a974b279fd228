"""Universal binaries: one program for several processors.

Layout: a big-endian table of slices (processor, offset, size, alignment), each of them usually a
Mach-O file. Spec: Apple's `mach-o/fat.h`. Yields one Child per slice, whatever is in it. A slice
without a size goes up to the end, one that begins inside the table ends the walk, as in ClamAV. As
there, no option switches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.executables import Program
from nacre.formats.base import BROKEN_EXECUTABLE
from nacre.model.event import Child, Problem
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class UniversalHandler:
    """Takes a universal binary apart."""

    TYPES = frozenset({FileType.MACHO_UNIBIN})
    OPTION = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        program = Program(data, FileType.MACHO_UNIBIN)
        for number, (offset, size) in enumerate(program.slices, 1):
            if offset >= len(data):
                yield Problem(f"slice {number} begins at {offset}, beyond the end")
                continue
            part = data.slice(offset, size or len(data))
            budget.check_child(len(part))
            yield Child(part)
        if program.broken:
            yield BROKEN_EXECUTABLE
