"""lzip files (.lz).

Layout: members, each ``LZIP``, a version, the dictionary's size, LZMA data with an end mark,
checksum and sizes.
Spec: the lzip manual, "File format". Yields one Child: the members joined, as lzip has it.
ClamAV does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import lzip
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class LzipHandler:
    """Unpacks lzip files."""

    TYPES: ClassVar = frozenset({FileType.LZIP})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        yield from only_child(lzip.decode(data, budget), budget, data)
