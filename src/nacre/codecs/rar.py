"""RAR 1.3 to 7: what the headers say, and runs of members decoded together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nacre._native import RarArchive
from nacre.codecs.base import Decoded, guarded
from nacre.model.errors import Corrupt, Encrypted, FormatError, Unsupported

if TYPE_CHECKING:
    from nacre.model.budget import Budget
    from nacre.model.fmap import Fmap

_REFUSALS: dict[str, FormatError] = {
    "encrypted": Encrypted("the headers are encrypted"),
    "damaged": Corrupt("no RAR archive, or damaged before its first member"),
    "unsupported": Unsupported("an unknown variant of RAR"),
}


class Entry(NamedTuple):
    """What the headers say of a member."""

    name: bytes
    packed: int
    size: int | None
    """Size of the content, where that is known."""
    crc: int
    offset: int
    """Where the packed data are in the layer."""
    encrypted: bool
    empty: bool
    """A folder or a link."""
    stored: bool
    solid: bool
    """Stands on the members before it."""
    from_previous: bool
    """Begins in the volume before this one."""
    in_next: bool
    """Goes on in the next volume."""


class Piece(NamedTuple):
    """Where a member is in what was decoded."""

    start: int
    size: int
    cut: bool
    """Whether it was larger than one member may be."""


class Rar:
    """An opened archive."""

    def __init__(self, data: Fmap, budget: Budget, max_headers: int) -> None:
        """Walk the headers.

        Raises:
            FormatError: not even the first one could be read.
        """
        self._budget = budget
        try:
            self._archive = guarded(
                "rar", lambda: RarArchive.open(data, max_headers, budget.remaining_time())
            )
        except ValueError as error:
            raise _REFUSALS[str(error)] from None

    @property
    def damaged_at(self) -> int | None:
        """Where the walk over the headers ended early."""
        return self._archive.damaged_at

    @property
    def comment(self) -> bytes:
        """The comment of the archive; empty without one."""
        return self._archive.comment or b""

    def entries(self) -> list[Entry]:
        """The members, in their order."""
        return [
            Entry(name, packed, size, crc, offset, *flags)
            for name, packed, size, crc, offset, flags in self._archive.members()
        ]

    def decode(
        self, indices: list[int], max_member: int, max_output: int
    ) -> tuple[Decoded, list[Piece]]:
        """Decode members of which each may stand on those before it.

        There are fewer pieces than members where the run ended early.
        """
        budget = self._budget
        decoded, places = guarded(
            "rar",
            lambda: self._archive.decode(
                indices, max_member, max_output, budget.directory, budget.remaining_time()
            ),
        )
        return decoded, [Piece(*place) for place in places]
