"""Mach-O files: programs, libraries and objects of macOS.

Layout: a header, then load commands that name segments with their sections. Spec: Apple's
`mach-o/loader.h`. Yields no children. As in ClamAV no option switches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.executables import Program
from nacre.formats.base import BROKEN_EXECUTABLE
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class MachoHandler:
    """Says when the headers of a Mach-O file are broken."""

    TYPES = frozenset({FileType.MACHO})
    OPTION = ""

    def extract(self, data: Fmap, _budget: Budget) -> Iterator[Event]:
        if Program(data, FileType.MACHO).broken:
            yield BROKEN_EXECUTABLE
