"""Encrypted volumes and disk images, which are only told: LUKS, BitLocker, FileVault's images.

Layout: a mark at the front; BitLocker has it where other volumes have the name of their maker, an
image of macOS of the first kind has it at its end. Source: the LUKS2 on-disk format 1.1.1, what
libbde and libfvde tell of BitLocker and of encrypted images. Yields no Child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nacre.filetype.encrypted import kind_of
from nacre.model.errors import Corrupt
from nacre.model.event import Event, Problem
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap


class EncryptedHandler:
    """Says that a volume is encrypted."""

    TYPES: ClassVar = frozenset({FileType.ENCRYPTED})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield one Problem."""
        budget.check_child(0)
        kind = kind_of(data)
        if kind is None:
            raise Corrupt("no mark of an encrypted volume")
        yield Problem(f"encrypted: {kind}")
