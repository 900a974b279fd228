"""Files of Unix's compress (.Z).

Layout: ``1F 9D``, the width of the widest code and whether codes may start over, LZW codes of 9 to
16 bits.
Source: compress(1), IEEE 1003.1-2024. Yields one Child. ClamAV does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import compress
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class CompressHandler:
    """Unpacks files of compress."""

    TYPES: ClassVar = frozenset({FileType.COMPRESS})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        yield from only_child(compress.decode(data, budget), budget)
