"""What a format handler is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol

from nacre.model.budget import Budget
from nacre.model.event import Event
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap


class Handler(Protocol):
    """Takes one layer apart. One class per format, found by the package walk of `registry`."""

    TYPES: ClassVar[frozenset[FileType]]
    """File types it opens; no two handlers share one."""
    OPTION: ClassVar[str]
    """Field of ScanOptions that switches it, such as ``scan_archive``."""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield what is inside. Never recurses, never matches, never writes.

        Raises:
            FormatError: nothing more can be read; what was yielded counts.
            LimitExceeded: may pass through from the budget.
        """
        ...
