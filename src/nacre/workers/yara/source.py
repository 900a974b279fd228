"""Which rule files there are, and what they include.

Each file has a namespace of its own, so that two files may use one name. `include` is resolved
here: inside the folder the user named (or that of the file) and nowhere else. A file that another
one of its folder includes is not read a second time by itself.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES = frozenset({".yar", ".yara"})
MAX_BYTES = 64 << 20
"""Of one rule file."""
MAX_INCLUDED = 10_000
"""Files that one file may include, those included by others with them."""

_INCLUDE = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | ^[ \t]*(include)[ \t]+"([^"\n]*)" """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
"""Comments and strings are named to be passed over."""


class Piece(NamedTuple):
    """Text to be compiled as if it began on the first line of `path`."""

    path: str
    text: str


class Trouble(NamedTuple):
    """One thing in a rule file that is left out, and why."""

    path: str
    line: int
    """0 where the file as a whole is meant."""
    reason: str

    def __str__(self) -> str:
        place = f"{self.path}: line {self.line}" if self.line else self.path
        return f"{place}: {self.reason}"


class Unit(NamedTuple):
    """One namespace: a file, with everything that it includes where it includes it."""

    namespace: str
    parts: list[Piece | Trouble]
    included: set[Path]
    """Real paths of the other files in it."""


def read_units(paths: Iterable[str]) -> Iterator[Unit]:
    """The rule files that `paths` name; of a folder, all that end in .yar or .yara."""
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from _folder(path)
        else:
            yield _unit(path, path.parent)


def _folder(folder: Path) -> Iterator[Unit]:
    units = {file.resolve(): _unit(file, folder) for file in _files(folder)}
    inner = set().union(*(unit.included for unit in units.values()))
    done: set[Path] = set()
    # Of a ring, in which all are included by another, the first one brings the others.
    for real in sorted(units, key=lambda real: real in inner):
        if real not in done:
            done |= {real, *units[real].included}
            yield units[real]


def _files(folder: Path) -> list[Path]:
    found = []
    for base, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(base, name) for name in names if Path(name).suffix.lower() in SUFFIXES]
    return sorted(found)


def _unit(path: Path, root: Path) -> Unit:
    reader = _Reader(root.resolve())
    parts = list(reader.read(path))
    return Unit(str(path), parts, reader.seen - {path.resolve()})


class _Reader:
    """Reads one file and what it includes, each at most once, nothing outside `root`."""

    def __init__(self, root: Path) -> None:
        self.seen: set[Path] = set()
        self._root = root

    def read(self, path: Path) -> Iterator[Piece | Trouble]:
        self.seen.add(path.resolve())
        try:
            text = _text(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            yield Trouble(str(path), 0, reason or str(error))
            return
        at = 0
        for found in _INCLUDE.finditer(text):
            if found[1] is None:
                continue
            yield Piece(str(path), _from(text, at, found.start()))
            yield from self._include(path, found[2], text.count("\n", 0, found.start()) + 1)
            at = found.end()
        yield Piece(str(path), _from(text, at, len(text)))

    def _include(self, path: Path, name: str, line: int) -> Iterator[Piece | Trouble]:
        file = path.parent / name
        real = file.resolve()
        if real in self.seen:
            return
        if not real.is_relative_to(self._root):
            yield Trouble(str(path), line, f"include of {name}: outside of {self._root}")
        elif not real.is_file():
            yield Trouble(str(path), line, f"include of {name}: no such file")
        elif len(self.seen) > MAX_INCLUDED:
            yield Trouble(str(path), line, f"include of {name}: more than {MAX_INCLUDED} files")
        else:
            yield from self.read(file)


def _text(path: Path) -> str:
    if not path.stat().st_size <= MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES >> 20} MiB")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8 text") from error


def _from(text: str, start: int, end: int) -> str:
    """That part of `text`, on the lines where it was."""
    return "\n" * text.count("\n", 0, start) + text[start:end]
