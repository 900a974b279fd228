"""ActiveMime files (.mso): the macros and objects of Office documents saved as HTML, MHTML or XML.

Layout: the name, fields of sizes, then at 0x32 or a little later a zlib stream, which is a compound
file or, in a document of a newer Office, anything.
Spec: none is published. ClamAV does not open them. Yields the inflated data as the one Child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs import zlib
from nacre.formats.base import only_child
from nacre.model.errors import Corrupt
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_USUAL: Final = 0x32
_SEARCHED: Final = 0x400
_ZLIB: Final = (b"\x78\x9c", b"\x78\x01", b"\x78\x5e", b"\x78\xda")


class ActiveMimeHandler:
    """Inflates ActiveMime files."""

    TYPES: ClassVar = frozenset({FileType.ACTIVEMIME})
    OPTION: ClassVar = "scan_ole2"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        start = _start(data)
        if start < 0:
            raise Corrupt("no zlib stream in the ActiveMime file")
        yield from only_child(zlib.decode(data.slice(start, len(data)), budget), budget)


def _start(data: Fmap) -> int:
    if data.read(_USUAL, 2) in _ZLIB:
        return _USUAL
    found = [data.find(head, 0, _SEARCHED) for head in _ZLIB]
    return min((at for at in found if at >= 0), default=-1)
