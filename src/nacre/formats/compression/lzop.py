"""lzop files (.lzo).

Layout: files, each a header with a name and blocks of LZO1X or stored data, a size of 0 behind the
last.
Source: what lzop writes. Yields one Child: the files joined. ClamAV
does not open these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import lzop
from nacre.formats.base import only_child
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap


class LzopHandler:
    """Unpacks lzop files."""

    TYPES: ClassVar = frozenset({FileType.LZOP})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        budget.check_child(0)
        yield from only_child(lzop.decode(data, budget), budget, data)
