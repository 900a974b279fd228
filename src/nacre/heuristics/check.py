"""What a check is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Finding
    from nacre.model.filetype import FileType
    from nacre.model.fmap import Fmap
    from nacre.model.options import ScanOptions


class Check(Protocol):
    """Looks at one layer. One class per file, found by the package walk of `walk`."""

    TYPES: ClassVar[frozenset[FileType]]
    """File types of the layers it looks at."""
    OPTION: ClassVar[str]
    """Field of ScanOptions that switches it."""
    ALERTS: ClassVar[tuple[str, ...]]
    """Every name it may give."""

    def check(self, data: Fmap, options: ScanOptions, budget: Budget) -> Iterator[Finding]:
        """Yield what is wrong with the layer.

        Raises:
            FormatError: the layer cannot be judged.
            LimitExceeded: may pass through from the budget.
        """
        ...
