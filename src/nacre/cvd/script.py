"""The script in a cdiff: what changes an unpacked container into its next version.

Lines, each a command; text after `#` at the beginning of a line is a comment::

    OPEN name        ADD line        DEL n prefix        XCHG n prefix line        CLOSE
    MOVE source target n1 prefix1 n2 prefix2             UNLINK name

Numbers count lines from 1 as they were before. Nothing is held in memory but the changes of lines
in one file, up to a bound. Unlike ClamAV, a file is replaced only when all of its changes were
found right, and the last file must be closed too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

MAX_LINE = 16 << 20
MAX_EDITS = 128 << 20
"""Bytes of changed lines in one file, with what it takes to keep them."""

_PIECE = 1 << 18
_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._]{0,99}")
_NUMBER = re.compile(rb"[1-9][0-9]{0,17}")
_EDIT_COST = 200
_ADDED = ".added"
_CHANGED = ".changed"


class CdiffError(DatabaseError):
    """A cdiff that is damaged, by somebody else, or for another version."""


def run_script(pieces: Iterable[bytes], folder: Path, place: str) -> None:
    """Change the unpacked container in `folder`, which is of no use after an error.

    Args:
        pieces: the script, in pieces of any size.
        folder: where the files are; no command reaches another.
        place: names the script in errors.

    Raises:
        CdiffError: the container is not the one before, or the script is wrong.
    """
    script = _Script(folder)
    try:
        for number, line in enumerate(_lines_in(pieces, place), 1):
            try:
                script.run(line)
            except CdiffError as error:
                raise CdiffError(f"{place}: line {number}: {error}") from error
        script.finish()
    except OSError as error:
        raise CdiffError(f"{place}: {error.strerror}") from error
    finally:
        script.abandon()


def is_name(name: str) -> bool:
    """Whether a script can speak of a file of this name."""
    return _named(name.encode("utf-8", "surrogateescape"))


def _lines_in(pieces: Iterable[bytes], place: str) -> Iterator[bytes]:
    """The commands, with their newlines."""
    rest = b""
    for piece in pieces:
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE:
            raise CdiffError(f"{place}: a line is too long")
        yield from (line + b"\n" for line in lines)
    if rest:
        raise CdiffError(f"{place}: the last line has no end")


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
        if not _named(name):
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


def _named(name: bytes) -> bool:
    # What is made on the way has these endings.
    on_the_way = name.endswith((_ADDED.encode(), _CHANGED.encode()))
    return _NAME.fullmatch(name) is not None and not on_the_way


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
