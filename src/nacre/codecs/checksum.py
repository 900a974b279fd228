"""The checksums that containers keep of what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from nacre import _native

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap


class Checksum(NamedTuple):  # a tuple, because one is made per member
    """What a container says of a member's content."""

    kind: Literal["crc32", "crc16", "sum32", "cabinet"]
    value: int

    def fits(self, content: Fmap) -> bool:
        """Whether `content` has it."""
        return _native.checksum(self.kind, content) == self.value
