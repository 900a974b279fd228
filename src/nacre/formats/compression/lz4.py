"""LZ4 files (.lz4), also of the legacy form.

Layout: frames of blocks, skippable frames between them.
Spec: LZ4 Frame Format 1.6.4, LZ4 Block Format. Yields one Child: the frames joined. Of the
checksums that of the content is compared. ClamAV does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import lz4
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class Lz4Handler:
    """Unpacks LZ4 files."""

    TYPES: ClassVar = frozenset({FileType.LZ4})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        yield from only_child(lz4.decode(data, budget), budget, data)
