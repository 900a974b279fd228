"""ELF files: programs, libraries and objects of Unix.

Layout: a header that says where the tables of segments and of sections are. Spec: System V ABI,
chapters 4 and 5. Yields one child where UPX packed it (crates/executables, `packer/upx`): the
file that it was. Unlike ClamAV, which unpacks no ELF files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.executables import Program
from nacre.formats.base import BROKEN_EXECUTABLE
from nacre.formats.packed import unpacked
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class ElfHandler:
    """Says when the headers of an ELF file are broken, and unpacks it."""

    TYPES = frozenset({FileType.ELF})
    OPTION = "scan_elf"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        program = Program(data, FileType.ELF)
        if program.broken:
            yield BROKEN_EXECUTABLE
        yield from unpacked(program, budget)
