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

_MOST_TRIED = 4
"""Members that a password is tried with before it counts as a wrong one."""


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

    def __init__(
        self, data: Fmap, budget: Budget, max_headers: int, password: bytes | None = None
    ) -> None:
        """Walk the headers; what is encrypted is opened with `password`, if `fits` says so.

        Raises:
            FormatError: not even the first one could be read, or the password is wrong.
        """
        self._budget = budget
        self.unlocked = password is not None
        try:
            self._archive = guarded(
                "rar",
                lambda: RarArchive.open(data, max_headers, budget.remaining_time(), password),
            )
        except ValueError as error:
            raise _REFUSALS[str(error)] from None

    @property
    def damaged_at(self) -> int | None:
        """Where the walk over the headers ended early."""
        return self._archive.damaged_at

    @property
    def first_generation(self) -> bool:
        """Whether it is one of RAR 1.3, which has sums of its own."""
        return self._archive.first_generation

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

    def fits(self, max_member: int) -> bool:
        """True unless the encrypted members that are tried show that the password is another one.

        These are the smallest that stand on no other, or the first with all that it stands on; one
        that opens is enough. Where none is here as a whole, nothing shows it, but members there
        must be: what a wrong password makes of RAR 3's headers is an archive that is damaged from
        its start.
        """
        entries = self.entries()
        tried = [
            index
            for index, entry in enumerate(entries)
            if entry.encrypted
            and not (entry.empty or entry.size == 0 or entry.from_previous or entry.in_next)
        ]
        if not tried:
            return bool(entries)
        alone = [index for index in tried if entries[index].stored or not entries[index].solid]
        smallest = sorted(alone, key=lambda index: entries[index].packed)[:_MOST_TRIED]
        runs = [[index] for index in smallest] or [_run_to(tried[0], entries)]
        most = self._budget.allowance_together()
        for run in runs:
            decoded, pieces = self.decode(run, max_member, most)
            self._budget.check_time()
            if is_whole(run, decoded, pieces):
                return True
        return False

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


def is_whole(run: list[int], decoded: Decoded, pieces: list[Piece]) -> bool:
    """Whether all members of a run came out."""
    return decoded.status == "done" and len(pieces) == len(run)


def _run_to(last: int, entries: list[Entry]) -> list[int]:
    """A member, and what it stands on."""
    first = last
    while entries[first].solid and first:
        first -= 1
    run = range(first, last + 1)
    return [index for index in run if index == last or not _is_no_part(entries[index])]


def _is_no_part(entry: Entry) -> bool:
    """True for what leaves no trace in a solid run."""
    return entry.empty or entry.stored or entry.size == 0
