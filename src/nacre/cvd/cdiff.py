"""cdiff: what changes from one version of a database to the next.

``ClamAV-Diff:version:size:``, a script packed with gzip, ``:`` and the signature of the SHA-256 of
all before that colon. The script works on an unpacked container, a line a command::

    OPEN name        ADD line        DEL n prefix        XCHG n prefix line        CLOSE
    MOVE source target n1 prefix1 n2 prefix2             UNLINK name

Numbers count lines from 1 as they were before. Nothing is held in memory but the changes of lines
in one file, up to a bound; beyond it is an error, after which the whole database is fetched.
Unlike ClamAV, a file is replaced only when all of its changes were found right.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from nacre.cvd.signature import Key, signed_digest
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_SCRIPT = 2 << 30
"""Bytes of a script, unpacked."""
MAX_LINE = 16 << 20
MAX_EDITS = 128 << 20
"""Bytes of changed lines in one file, with what it takes to keep them."""

_HEADER = re.compile(rb"ClamAV-Diff:([0-9]{1,9}):([0-9]{1,12}):")
_HEADER_SIZE = 64
_TAIL = 350
_PIECE = 1 << 18
_GZIP = 31
_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._]{0,99}")
_NUMBER = re.compile(rb"[1-9][0-9]{0,17}")
_EDIT_COST = 200
_ADDED = ".added"
_CHANGED = ".changed"


class CdiffError(DatabaseError):
    """A cdiff that is damaged, by somebody else, or for another version."""


@dataclass(frozen=True, slots=True)
class Cdiff:
    """A cdiff whose signature is right."""

    path: Path
    version: int
    """The version that it leads to."""
    start: int
    end: int
    """Where the packed script begins and ends."""

    @classmethod
    def open(cls, path: Path, key: Key) -> Cdiff:
        """Verify the cdiff at `path`.

        Raises:
            CdiffError: it is no cdiff, or not signed with `key`.
        """
        try:
            with path.open("rb") as file:
                header = _HEADER.match(file.read(_HEADER_SIZE))
                size = file.seek(0, 2)
                file.seek(max(0, size - _TAIL))
                before, colon, text = file.read(_TAIL).rpartition(b":")
                end = max(0, size - _TAIL) + len(before)
                if header is None or not colon or end < header.end():
                    raise CdiffError(f"{path}: not a cdiff")
                file.seek(0)
                digest = hashlib.sha256()
                left = end
                while left and (piece := file.read(min(_PIECE, left))):
                    digest.update(piece)
                    left -= len(piece)
        except OSError as error:
            raise CdiffError(f"{path}: {error.strerror}") from error
        signature = text.strip().decode("ascii", "replace")
        if not signed_digest(signature, digest.digest(), key):
            raise CdiffError(f"{path}: Can't verify the digital signature")
        return cls(path, int(header[1]), header.end(), end)

    def apply(self, folder: Path) -> None:
        """Change the unpacked container in `folder`, which is of no use after an error.

        Raises:
            CdiffError: the container is not the one before, or the script is wrong.
        """
        script = _Script(folder)
        try:
            for number, line in enumerate(self._lines(), 1):
                try:
                    script.run(line)
                except CdiffError as error:
                    raise CdiffError(f"{self.path}: line {number}: {error}") from error
            script.finish()
        except OSError as error:
            raise CdiffError(f"{self.path}: {error.strerror}") from error
        finally:
            script.abandon()

    def _lines(self) -> Iterator[bytes]:
        """The commands, with their newlines."""
        rest = b""
        for piece in self._unpacked():
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            if len(rest) > MAX_LINE:
                raise CdiffError(f"{self.path}: a line is too long")
            yield from (line + b"\n" for line in lines)
        if rest:
            raise CdiffError(f"{self.path}: the last line has no end")

    def _unpacked(self) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_GZIP)
        total = 0
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.end - self.start
            stored = b""
            while not unpacker.eof:
                if not stored:
                    stored = file.read(min(_PIECE, left))
                    left -= len(stored)
                if not stored:
                    raise CdiffError(f"{self.path}: truncated")
                try:
                    piece = unpacker.decompress(stored, _PIECE)
                except zlib.error as error:
                    raise CdiffError(f"{self.path}: damaged ({error})") from error
                stored = unpacker.unconsumed_tail
                total += len(piece)
                if total > MAX_SCRIPT:
                    raise CdiffError(f"{self.path}: unpacks to more than {MAX_SCRIPT} bytes")
                yield piece


@dataclass(frozen=True, slots=True)
class _Edit:
    prefix: bytes
    line: bytes
    """What is there afterwards; nothing for a line that goes."""


@dataclass(slots=True)
class _Open:
    """The file that commands are about."""

    path: Path
    added: BinaryIO
    edits: dict[int, _Edit] = field(default_factory=dict)
    cost: int = 0


class _Script:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: _Open | None = None

    def run(self, line: bytes) -> None:
        """Run one command; raises CdiffError or OSError."""
        if line.startswith(b"#") or line == b"\n":
            return
        verb, _, rest = line.partition(b" ")
        command = _COMMANDS.get(verb.rstrip(b"\r\n"))
        if command is None:
            raise CdiffError("not a command")
        command(self, rest)

    def finish(self) -> None:
        """That the last file was closed."""
        if self._open is not None:
            raise CdiffError(f"{self._open.path.name} is never closed")

    def abandon(self) -> None:
        """Let go of the open file."""
        if self._open is not None:
            self._open.added.close()

    def open(self, rest: bytes) -> None:
        self._idle()
        path = self._path(rest)
        self._open = _Open(path, path.with_name(path.name + _ADDED).open("wb"))

    def add(self, rest: bytes) -> None:
        self._current().added.write(rest)

    def delete(self, rest: bytes) -> None:
        number, _, prefix = rest.rstrip(b"\r\n").partition(b" ")
        self._edit(number, prefix.partition(b" ")[0], b"")

    def exchange(self, rest: bytes) -> None:
        number, prefix, line = _words(rest, 3)
        self._edit(number, prefix, line)

    def close(self, _rest: bytes) -> None:
        file = self._current()
        file.added.close()
        self._open = None
        added = file.path.with_name(file.path.name + _ADDED)
        if file.edits:
            changed = file.path.with_name(file.path.name + _CHANGED)
            with file.path.open("rb") as old, changed.open("wb") as new:
                new.writelines(_edited(old, file.edits))
            changed.replace(file.path)
        with added.open("rb") as more, file.path.open("ab") as out:
            while piece := more.read(_PIECE):
                out.write(piece)
        added.unlink()

    def move(self, rest: bytes) -> None:
        self._idle()
        source, target, first, start, last, end = _words(rest.rstrip(b"\r\n"), 6)
        span = _number(first), _number(last)
        if span[1] <= span[0]:
            raise CdiffError("lines are moved from a first to a later one")
        path = self._path(source)
        changed = path.with_name(path.name + _CHANGED)
        with (
            path.open("rb") as old,
            changed.open("wb") as new,
            self._path(target).open("ab") as out,
        ):
            number = 0
            for number, line in enumerate(_lines_of(old), 1):
                if number == span[0]:
                    _compare(number, line, start)
                if number == span[1]:
                    _compare(number, line, end)
                (out if span[0] <= number <= span[1] else new).write(line)
        if number < span[1]:
            raise CdiffError(f"{path.name} has only {number} lines")
        changed.replace(path)

    def unlink(self, rest: bytes) -> None:
        self._idle()
        self._path(rest).unlink()

    def _edit(self, number: bytes, prefix: bytes, line: bytes) -> None:
        file = self._current()
        file.cost += len(prefix) + len(line) + _EDIT_COST
        if file.cost > MAX_EDITS:
            raise CdiffError("too many changes")
        if file.edits.setdefault(_number(number), edit := _Edit(prefix, line)) is not edit:
            raise CdiffError(f"line {int(number)} is changed twice")

    def _current(self) -> _Open:
        if self._open is None:
            raise CdiffError("no file is open")
        return self._open

    def _idle(self) -> None:
        if self._open is not None:
            raise CdiffError(f"{self._open.path.name} is still open")

    def _path(self, text: bytes) -> Path:
        name = text.rstrip(b"\r\n")
        # What is made on the way has these endings.
        if not _NAME.fullmatch(name) or name.endswith((_ADDED.encode(), _CHANGED.encode())):
            raise CdiffError("not a name")
        return self._folder / name.decode("ascii")


_COMMANDS: dict[bytes, Callable[[_Script, bytes], None]] = {
    b"OPEN": _Script.open,
    b"ADD": _Script.add,
    b"DEL": _Script.delete,
    b"XCHG": _Script.exchange,
    b"CLOSE": _Script.close,
    b"MOVE": _Script.move,
    b"UNLINK": _Script.unlink,
}


def _edited(old: BinaryIO, edits: dict[int, _Edit]) -> Iterator[bytes]:
    left = len(edits)
    for number, line in enumerate(_lines_of(old), 1):
        edit = edits.get(number)
        if edit is None:
            yield line
        else:
            _compare(number, line, edit.prefix)
            left -= 1
            yield edit.line
    if left:
        raise CdiffError(f"changes lines beyond the end, {max(edits)}")


def _lines_of(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE + 1):
        if not line.endswith(b"\n"):
            raise CdiffError("a line without an end")
        yield line


def _compare(number: int, line: bytes, prefix: bytes) -> None:
    if not line.startswith(prefix):
        raise CdiffError(f"line {number} is another one")


def _words(rest: bytes, count: int) -> list[bytes]:
    words = rest.split(b" ", count - 1)
    if len(words) < count:
        raise CdiffError("something is missing")
    return words


def _number(text: bytes) -> int:
    if not _NUMBER.fullmatch(text):
        raise CdiffError("not a line number")
    return int(text)
