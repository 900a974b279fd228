"""Portable Executable files: programs and libraries of Windows.

Layout: a DOS header, whose field at 60 says where the PE headers are, then the section table. Spec:
Microsoft's "PE Format". Yields no children: what lies behind the sections or in resources is part
of the bytes that are matched, and found there by its own magic.
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


class PeHandler:
    """Says when the headers of a PE are broken."""

    TYPES = frozenset({FileType.MSEXE})
    OPTION = "scan_pe"

    def extract(self, data: Fmap, _budget: Budget) -> Iterator[Event]:
        if Program(data, FileType.MSEXE).broken:
            yield BROKEN_EXECUTABLE
