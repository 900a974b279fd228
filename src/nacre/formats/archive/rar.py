"""RAR archives, generations 1.3 to 7, also self-extracting ones (.rar, .r00, .exe).

Layout: a mark, then headers with a type, flags and their size, each followed by packed data. In a
solid archive members stand on those before them. Volumes cut a member at their end.
Spec: technote.txt of WinRAR 3 and "RAR 5.0 archive format" of WinRAR 5; the decoders are those of
the crate rars (codecs/rar.py). Yields a Member per file, counted from 1, a Child each, and one for
the archive's comment. Runs of a solid archive are decoded once, up to what MaxScanSize allows. What
came out before damage, or before the end of a volume, is scanned; a member that begins in the
previous volume only if it is stored. Encrypted headers are opened with the first password of the
database that fits, files with that or another one; they are reported where none does.
Alternate streams of NTFS come behind all files, named ``file:stream`` (RAR 5) or ``file:``.
Links and recovery records are not looked at.

More than ClamAV: passwords, alternate streams, RAR 1.3, RAR 5 behind other data, and what its UnRAR
gives up for damage.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, ClassVar, Final

from nacre.codecs.checksum import Checksum
from nacre.codecs.rar import Entry, Piece, Rar, is_whole
from nacre.formats.base import REASONS, label, stored_member
from nacre.model.errors import Encrypted, FormatError
from nacre.model.event import Event, Finding, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from nacre.codecs.base import Decoded
    from nacre.model.budget import Budget

_FINDING: Final = Finding("Heuristics.Encrypted.RAR", "alert_encrypted_archive")
_HEADERS_PER_FILE: Final = 20  # directories and empty files are no layers
_NO_LIMIT: Final = 1 << 62
_PROBLEMS: Final = 100
_MOST_TRIES: Final = 64
"""Passwords that are tried in vain with members of one archive."""


class RarHandler:
    """Unpacks RAR archives."""

    TYPES: ClassVar = frozenset({FileType.RAR, FileType.RARSFX})
    OPTION: ClassVar = "scan_archive"

    def extract(self, data: Fmap, budget: Budget) -> Iterator[Event]:
        """Yield the members."""
        most = budget.limits.max_files * _HEADERS_PER_FILE or _NO_LIMIT
        archive, others = yield from _opened(data, budget, most)
        if archive.comment:
            comment = Fmap.from_bytes(archive.comment)
            yield from stored_member(comment, b"comment", len(comment), budget)
        yield from _Walk(data, archive, others, budget).events()
        if archive.damaged_at is not None:
            yield Problem(f"damaged or cut at {archive.damaged_at}; nothing behind it was read")


def _opened(
    data: Fmap, budget: Budget, most: int
) -> Generator[Event, None, tuple[Rar, tuple[Rar, ...]]]:
    """The archive, by a password of the database if it needs one, and by the others."""
    try:
        archive = Rar(data, budget, most)
    except Encrypted:
        yield _FINDING
        for fits in _fitting(_unlocked(data, budget, most), budget):
            return fits, ()
        raise
    if not any(entry.encrypted for entry in archive.entries()):
        return archive, ()
    unlocked = list(_unlocked(data, budget, most))
    for fits in _fitting(unlocked, budget):
        return fits, tuple(other for other in unlocked if other is not fits)
    return archive, ()


def _unlocked(data: Fmap, budget: Budget, most: int) -> Iterator[Rar]:
    """The archive by each password that opens its headers."""
    for password in budget.passwords_for(FileType.RAR):
        budget.check_time()
        with contextlib.suppress(FormatError):
            yield Rar(data, budget, most, password)


def _fitting(unlocked: Iterable[Rar], budget: Budget) -> Iterator[Rar]:
    most = budget.limits.max_file_size or _NO_LIMIT
    return (archive for archive in unlocked if archive.fits(most))


class _Walk:
    """One pass over the members."""

    def __init__(self, data: Fmap, archive: Rar, others: tuple[Rar, ...], budget: Budget) -> None:
        self._data = data
        self._archive = archive
        self._others = others
        """The archive by other passwords, which single members may have."""
        self._tries = _MOST_TRIES
        self._entries = archive.entries()
        self._budget = budget
        self._most = budget.limits.max_file_size or _NO_LIMIT
        self._run: dict[int, Piece | None] = {}
        self._output = data.slice(0, 0)
        self._status = "done"
        self._encrypted = False
        self._told_encrypted = False
        self._problems = 0

    def events(self) -> Iterator[Event]:
        for index, entry in enumerate(self._entries):
            self._budget.check_time()
            if entry.empty:
                continue
            size = entry.packed if entry.size is None else entry.size
            yield Member(entry.name, entry.packed, size, index + 1, entry.encrypted, entry.crc)
            if entry.encrypted and not self._encrypted:
                self._encrypted = True
                yield _FINDING
            if entry.encrypted and not self._archive.unlocked:
                yield from self._locked(entry)
            elif entry.encrypted and entry.stored:
                yield from self._alone(index, entry)
            elif entry.stored:
                yield from self._stored(entry)
            elif entry.size != 0:
                yield from self._packed(index, entry)

    def _locked(self, entry: Entry) -> Iterator[Event]:
        if not self._told_encrypted:
            self._told_encrypted = True
            yield Problem(f"encrypted members, such as {label(entry.name)}")

    def _stored(self, entry: Entry) -> Iterator[Event]:
        content = self._data.slice(entry.offset, entry.packed)
        whole = self._checksum(entry) if len(content) == entry.packed else None
        yield from stored_member(content, entry.name, entry.packed, self._budget, checksum=whole)
        if len(content) < entry.packed:
            yield from self._problem(entry, f"{len(content)} of {entry.packed} bytes present")
        yield from self._elsewhere(entry)

    def _elsewhere(self, entry: Entry) -> Iterator[Event]:
        """Tell of what other volumes have."""
        if entry.from_previous or entry.in_next:
            yield from self._problem(entry, "parts of it are in other volumes")

    def _alone(self, index: int, entry: Entry) -> Iterator[Event]:
        """A stored member that has to be decrypted, in the middle of a run or not."""
        run, output, status = self._run, self._output, self._status
        self._run = {}
        yield from self._packed(index, entry)
        self._run, self._output, self._status = run, output, status

    def _packed(self, index: int, entry: Entry) -> Iterator[Event]:
        self._budget.check_child(0)
        if index not in self._run:
            self._decode(index)
        size = entry.size or 0
        if size > self._most:
            yield Problem(f"{label(entry.name)}: MaxFileSize exceeded: {size} bytes", "MaxFileSize")
            return
        piece = self._run[index]
        if piece is None:
            yield from self._problem(entry, self._reason())
            return
        content = self._output.slice(piece.start, piece.size)
        whole = self._checksum(entry) if piece.size == size and not piece.cut else None
        yield from stored_member(content, entry.name, entry.packed, self._budget, checksum=whole)
        if piece.cut:
            yield from self._problem(entry, f"cut at MaxFileSize, {piece.size} bytes scanned")
        elif entry.encrypted and self._status != "done" and index == self._last():
            yield from self._problem(entry, f"{self._reason()}, or another password")
        elif piece.size < size and not entry.in_next:
            yield from self._problem(entry, f"{self._reason()} after {piece.size} bytes")
        yield from self._elsewhere(entry)

    def _last(self) -> int:
        """The last member of the run that anything came out of; what ended the run befell it."""
        return max((index for index, piece in self._run.items() if piece is not None), default=-1)

    def _reason(self) -> str:
        if self._status == "limit":
            return "more than MaxScanSize leaves"
        return REASONS.get(self._status, "what it stands on is not here")

    def _decode(self, index: int) -> None:
        """Decode the run that the member `index` is in, or what is left of it."""
        allowed = self._budget.allowance_together()
        run = self._reachable(self._run_at(index), allowed)
        self._run = dict.fromkeys(run or [index])
        self._status = "done"
        if not run:
            return
        decoded, pieces = self._decoded(run, allowed)
        self._budget.check_time()
        self._output, self._status = decoded.data, decoded.status
        self._run.update(zip(run, pieces, strict=False))
        sizes = [self._entries[member].size or 0 for member in run]
        # Decoded only for what stands on them.
        self._budget.waste(min(allowed, sum(size for size in sizes if size > self._most)))

    def _reachable(self, run: list[int], allowed: int) -> list[int]:
        """The run without what is only decoded in vain."""
        total = 0
        for place, member in enumerate(run):
            size = self._entries[member].size or 0
            total += size
            if size > self._most and total > allowed:
                run = run[:place]  # what stands on it is out of reach
                break
        while run and (self._entries[run[-1]].size or 0) > self._most:
            run.pop()  # nothing that may be scanned stands on it
        return run

    def _decoded(self, run: list[int], allowed: int) -> tuple[Decoded, list[Piece]]:
        """What comes out of a run, by the password that fits it."""
        first = decoded, pieces = self._archive.decode(run, self._most, allowed)
        if not self._entries[run[0]].encrypted:
            return first
        for archive in self._others:
            if is_whole(run, decoded, pieces) or self._tries <= 0:
                break
            self._budget.check_time()
            self._tries -= 1
            decoded, pieces = archive.decode(run, self._most, allowed)
        return (decoded, pieces) if is_whole(run, decoded, pieces) else first

    def _run_at(self, index: int) -> list[int]:
        """The members that have to be decoded from `index` on, or none if it cannot be."""
        if self._entries[index].stored:
            return [index]  # encrypted
        if self._entries[index].solid:
            return []  # the run it belongs to ended early
        run = []
        for number in range(index, len(self._entries)):
            entry = self._entries[number]
            if entry.empty or entry.stored or entry.size == 0:
                continue
            if number > index and not entry.solid:
                break
            if (entry.encrypted and not self._archive.unlocked) or entry.from_previous:
                break
            run.append(number)
        return run

    def _checksum(self, entry: Entry) -> Checksum | None:
        return _checksum(entry, first_generation=self._archive.first_generation)

    def _problem(self, entry: Entry, reason: str) -> Iterator[Event]:
        """Tell of a member; an archive of nothing but broken members must not fill the report."""
        self._problems += 1
        limit = "MaxScanSize" if "MaxScanSize" in reason else None
        if self._problems <= _PROBLEMS:
            yield Problem(f"{label(entry.name)}: {reason}", limit)
        elif self._problems == _PROBLEMS + 1:
            yield Problem("problems with more members, which are not listed")


def _checksum(entry: Entry, *, first_generation: bool) -> Checksum | None:
    """Of a member that is here as a whole; 0 stands for none.

    Of encrypted ones it was compared when they were decoded: RAR 5 keys it.
    """
    if entry.encrypted or not entry.crc or entry.from_previous or entry.in_next:
        return None
    return Checksum("turned16" if first_generation else "crc32", entry.crc)
