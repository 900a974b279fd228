"""Zstandard files (.zst).

Layout: frames of blocks, skippable frames between them.
Spec: RFC 8878. Yields one Child: the frames joined. Frames with a window above 128 MiB
(``--long=28`` and more) or an external dictionary are reported, not decoded. ClamAV knows the
format since 1.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import zstd
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class ZstdHandler:
    """Unpacks Zstandard files."""

    TYPES: ClassVar = frozenset({FileType.ZSTD})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the joined content."""
        budget.check_child(0)
        yield from only_child(zstd.decode(data, budget), budget, data)
