"""Files that the CryptFF trojan made.

Layout: eight bytes ``B6 B9 AC AE FE FF FF FF``, eight that do not matter here, then the content
with every bit turned round. There is no specification; ClamAV reads it so. Yields the content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from nacre.formats.base import refusal, stored_member
from nacre.model.errors import Truncated
from nacre.model.filetype import FileType
from nacre.model.fmap import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.event import Event
    from nacre.model.fmap import Fmap

_HEADER_SIZE: Final = 16
_PIECE: Final = 1 << 20
_IN_MEMORY: Final = 8 << 20
_INVERTED: Final = bytes(byte ^ 0xFF for byte in range(256))


class CryptffHandler:
    """Opens CryptFF files."""

    TYPES: ClassVar = frozenset({FileType.CRYPTFF})
    OPTION: ClassVar = ""

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the content."""
        if len(data) < _HEADER_SIZE:
            raise Truncated("no content behind its header")
        refused = refusal(len(data), b"", budget)
        if refused:
            yield refused
            return
        spool = Spool(budget.directory, _IN_MEMORY)
        for at in range(_HEADER_SIZE, len(data), _PIECE):
            budget.check_time()
            spool.write(data.read(at, _PIECE).translate(_INVERTED))
        yield from stored_member(spool.finish(), b"", len(data), budget)
