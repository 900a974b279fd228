"""xz files (.xz).

Layout: streams of a header, blocks, an index and a footer; zero padding between streams.
Spec: The .xz File Format 1.2.0. Yields one Child: the streams joined, as unxz and ClamAV have it. A
dictionary above 1 GiB alerts, as in ClamAV, where no switch turns that off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.codecs import xz
from nacre.formats.base import only_child
from nacre.model.event import Event, Finding
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


class XzHandler:
    """Unpacks xz files."""

    TYPES: ClassVar = frozenset({FileType.XZ})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the joined content."""
        budget.check_child(0)
        decoded = xz.decode(data, budget)
        if decoded.status == "window":
            yield Finding("Heuristics.XZ.DicSizeLimit")
        yield from only_child(decoded, budget, data)
