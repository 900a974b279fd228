"""Brotli files (.br).

Layout: one stream, which begins with no magic: a file is taken for one by its name, if it decodes.
Spec: RFC 7932. Yields one Child. ClamAV does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import brotli
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class BrotliHandler:
    """Unpacks Brotli files."""

    TYPES: ClassVar = frozenset({FileType.BROTLI})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        yield from only_child(brotli.decode(data, budget), budget)
