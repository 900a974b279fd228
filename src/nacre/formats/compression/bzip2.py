"""bzip2 files (.bz2).

Layout: streams, each a header ``BZh1`` to ``BZh9``, blocks of up to 900 kB, a checksum.
Yields one Child: the streams joined, as bunzip2 has it, and before it, where there are several, the
first: ClamAV stops there, which leaves most of a file made by parallel bzip2 programs unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import bzip2
from nacre.formats.base import only_child, stored_member
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_MAGIC: Final = b"BZh"


class Bzip2Handler:
    """Unpacks bzip2 files."""

    TYPES: ClassVar = frozenset({FileType.BZ})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the joined content."""
        budget.check_child(0)
        decoded = bzip2.decode_first(data, budget)
        if decoded.status == "done" and data.read(decoded.consumed, len(_MAGIC)) == _MAGIC:
            yield from stored_member(decoded.data, b"", decoded.consumed, budget)
            decoded = bzip2.decode(data, budget)
        yield from only_child(decoded, budget, data)
