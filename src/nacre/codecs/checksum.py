"""The checksums that containers keep of what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from nacre import _native

if TYPE_CHECKING:
    from nacre.model.fmap import Fmap

_LOW_HALF: Final = 0xFFFF


class Checksum(NamedTuple):  # a tuple, because one is made per member
    """What a container says of a member's content."""

    kind: Literal["crc32", "crc16", "crc16-hqx", "sum16", "sum32", "turned16", "cabinet"]
    value: int

    def fits(self, content: Fmap) -> bool:
        """Whether `content` has it."""
        if self.kind == "sum16":
            return _native.checksum("sum32", content) & _LOW_HALF == self.value
        return _native.checksum(self.kind, content) == self.value
