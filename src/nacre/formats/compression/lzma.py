"""LZMA files (.lzma, "LZMA alone").

Layout: properties byte, dictionary size, content size or all ones, LZMA data.
Spec: lzma-file-format.txt of XZ Utils. Yields one Child. ClamAV does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import lzma
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class LzmaHandler:
    """Unpacks LZMA files."""

    TYPES: ClassVar = frozenset({FileType.LZMA})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the joined content."""
        budget.check_child(0)
        yield from only_child(lzma.decode(data, budget), budget, data)
