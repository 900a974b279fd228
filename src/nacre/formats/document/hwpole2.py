"""OLE objects inside Hangul documents.

Layout: a size of four bytes, then a compound file.
Spec: Hancom, "HWP Document File Formats 5.0", 3.2.5. Yields the compound file as the one Child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import stored_member
from nacre.model.errors import Corrupt
from nacre.model.filetype import FileType
from nacre.parsers.ole2 import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_SIZE: Final = 4


class HwpOle2Handler:
    """Opens OLE objects of Hangul documents."""

    TYPES: ClassVar = frozenset({FileType.HWPOLE2})
    OPTION: ClassVar = "scan_ole2"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the compound file."""
        content = data.slice(_SIZE, len(data))
        if content.read(0, len(MAGIC)) != MAGIC:
            raise Corrupt("no compound file behind the size")
        yield from stored_member(content, b"", len(content), budget)
