"""Both programs over a handful of files."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.program import Outcome, Program, write_database

if TYPE_CHECKING:
    from pathlib import Path

BINARY = b"\x00\x01\x00\x01"
"""How data begins that is no text."""

Names = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """The peer and nacre, and a folder to work in."""

    peer: Program
    ours: Program
    folder: Path

    def agree(
        self, lines: Iterable[tuple[str, str]], files: Mapping[str, bytes], *options: str
    ) -> Names:
        """The names both programs report for each of `files`; fails where they differ."""
        return self.agree_on(self._write(lines), files, *options)

    def agree_on(self, database: Path, files: Mapping[str, bytes], *options: str) -> Names:
        """The same with a database that is there already."""
        seen = self._ask(database, files, options)
        differing = {name: sides for name, sides in seen.items() if sides[0] != sides[1]}
        assert not differing, f"(peer, ours) of {differing}\n{options}"
        return {name: peer for name, (peer, _) in seen.items()}

    def both(
        self, lines: Iterable[tuple[str, str]], files: Mapping[str, bytes], *options: str
    ) -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
        """The names of either program, for differences that docs/design/differences.md names."""
        return self._ask(self._write(lines), files, options)

    def _write(self, lines: Iterable[tuple[str, str]]) -> Path:
        database = self.folder / "database"
        shutil.rmtree(database, ignore_errors=True)
        return write_database(database, lines)

    def _ask(
        self, database: Path, files: Mapping[str, bytes], options: tuple[str, ...]
    ) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        place = self.folder / "files"
        place.mkdir(exist_ok=True)
        for name, data in files.items():
            (place / name).write_bytes(data)
        theirs, mine = (
            program.scan(database, [place], *options) for program in (self.peer, self.ours)
        )
        # Infected or clean decides the code, and that may differ where a difference is named.
        assert (theirs.code == 2) == (mine.code == 2), mine.output[-2000:]
        return {name: (_of(theirs, place / name), _of(mine, place / name)) for name in files}


def _of(outcome: Outcome, path: Path) -> frozenset[str]:
    return outcome.found(path) if str(path) in outcome.names else frozenset({"(no result)"})


def only(*names: str) -> frozenset[str]:
    return frozenset(names)


CLEAN: frozenset[str] = frozenset()
