"""The script that makes one version of a file, or of an unpacked container, into the next.

Line by line, as ClamAV's sigtool does: where the files part, the next new line is looked for
further down in the old file. When it is there, what stands before it goes (``DEL``); when not, it
takes the place of the old line (``XCHG``). What is left at the end goes or is added. A changed
line is named by its beginning, up to a blank and at most 16 bytes, so that a script does not fit
another file.

Unlike ClamAV, which leaves the newline of a shorter line in its ``DEL`` and so writes a blank line
that it refuses itself.
"""

from __future__ import annotations

import hashlib
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from nacre.cvd.script import MAX_LINE, CdiffError, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PREFIX = 16
_INFO = ".info"
_OPEN = b"OPEN "
_CLOSE = b"CLOSE"


def compare_files(old: Path, new: Path, name: str) -> Iterator[bytes]:
    """The commands, without newlines, that make `old` into `new`; none when they are the same.

    Args:
        old: the file before, which need not exist.
        new: the file after.
        name: what the script calls it.

    Raises:
        CdiffError: a line is too long.
        OSError: a file cannot be read.
    """
    if not old.exists():
        yield _OPEN + name.encode("utf-8", "surrogateescape")
        with new.open("rb") as file:
            for line in _lines(file, new):
                yield b"ADD " + line
        yield _CLOSE
        return
    with old.open("rb") as first, old.open("rb") as ahead, new.open("rb") as second:
        edits = _edits(_lines(first, old), _lines(ahead, old), _lines(second, new))
        yield from _inside(name, edits)


def compare_folders(old: Path, new: Path) -> Iterator[bytes]:
    """The commands that make the unpacked container in `old` into that in `new`.

    Raises:
        CdiffError: a script cannot speak of a member.
        OSError: a file cannot be read.
    """
    before, after = _members(old), _members(new)
    for name in sorted(before - after):
        yield b"UNLINK " + name.encode()
    for name in sorted(after, key=lambda name: (name.endswith(_INFO), name)):
        yield from compare_files(old / name, new / name, name)


def _members(folder: Path) -> set[str]:
    names = {path.name for path in folder.iterdir()}
    if strange := sorted(name for name in names if not is_name(name)):
        raise CdiffError(f"{folder / strange[0]}: not a name that a cdiff can have")
    return names


def _inside(name: str, edits: Iterable[bytes]) -> Iterator[bytes]:
    """The edits between ``OPEN`` and ``CLOSE``, if there are any."""
    opened = False
    for edit in edits:
        if not opened:
            yield _OPEN + name.encode("utf-8", "surrogateescape")
            opened = True
        yield edit
    if opened:
        yield _CLOSE


def _edits(old: Iterator[bytes], again: Iterator[bytes], new: Iterator[bytes]) -> Iterator[bytes]:
    """The edits between two files; `again` are the lines of the old one once more."""
    ahead = _Ahead(again)
    at = 0
    for line in new:
        there = next(old, None)
        if there is None:
            yield b"ADD " + line
            continue
        at += 1
        if there == line:
            continue
        place = ahead.find(line, at)
        if place is None:
            yield b"XCHG %d %s %s" % (at, _beginning(there), line)
            continue
        yield b"DEL %d %s" % (at, _beginning(there))
        for gone in islice(old, place - at - 1):
            at += 1
            yield b"DEL %d %s" % (at, _beginning(gone))
        next(old)
        at += 1
    for gone in old:
        at += 1
        yield b"DEL %d %s" % (at, _beginning(gone))


class _Ahead:
    """Where lines stand further down in a file, which is read when first asked about."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._first: dict[bytes, int] = {}
        self._more: dict[bytes, deque[int]] = {}
        """Further places of the few lines that are there twice."""
        self._read = False

    def find(self, line: bytes, after: int) -> int | None:
        """The first place of `line` beyond line number `after`; `after` never goes back."""
        if not self._read:
            self._read = True
            self._index(after)
        key = _key(line)
        place = self._first.get(key)
        more = self._more.get(key)
        while place is not None and place <= after:
            place = more.popleft() if more else None
        if place is None:
            self._first.pop(key, None)
        else:
            self._first[key] = place
        return place

    def _index(self, after: int) -> None:
        for number, line in enumerate(self._lines, 1):
            if number > after and self._first.setdefault(key := _key(line), number) != number:
                self._more.setdefault(key, deque()).append(number)


def _key(line: bytes) -> bytes:
    # Lines are long, and an index holds all of a database.
    return hashlib.blake2b(line, digest_size=16).digest()


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends."""
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise CdiffError(f"{path}: a line is too long")
        yield line.removesuffix(b"\n")


def _beginning(line: bytes) -> bytes:
    return line[:_PREFIX].partition(b" ")[0]
