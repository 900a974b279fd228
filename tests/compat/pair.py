"""Both programs over a handful of files."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from compat.program import Outcome, Program, write_database

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
        database = self.folder / "database"
        shutil.rmtree(database, ignore_errors=True)
        write_database(database, lines)
        return self.agree_on(database, files, *options)

    def agree_on(self, database: Path, files: Mapping[str, bytes], *options: str) -> Names:
        """The same with a database that is there already."""
        place = self.folder / "files"
        place.mkdir(exist_ok=True)
        for name, data in files.items():
            (place / name).write_bytes(data)
        theirs, mine = (
            program.scan(database, [place], *options) for program in (self.peer, self.ours)
        )
        seen = {name: (_of(theirs, place / name), _of(mine, place / name)) for name in files}
        differing = {name: pair for name, pair in seen.items() if pair[0] != pair[1]}
        assert not differing, f"(peer, ours) of {differing}\n{options}\n{mine.output[-1000:]}"
        assert theirs.code == mine.code
        return {name: pair[0] for name, pair in seen.items()}


def _of(outcome: Outcome, path: Path) -> frozenset[str]:
    return outcome.found(path) if str(path) in outcome.names else frozenset({"(no result)"})


def only(*names: str) -> frozenset[str]:
    return frozenset(names)


CLEAN: frozenset[str] = frozenset()
