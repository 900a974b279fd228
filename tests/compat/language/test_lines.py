"""Which lines load, are skipped in silence, or stop the load: both programs, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compat.language.differences import ALLOWED_LINES
from compat.language.lines import mutated, tables

if TYPE_CHECKING:
    from pathlib import Path

    from compat.program import Program

TABLES = tables()
MUTATIONS = 40
MALFORMED = "malformed"


def verdict(program: Program, database: Path, probe: Path) -> str:
    """`malformed`, or how many signatures were loaded."""
    outcome = program.load(database, probe)
    if outcome.code == 2:
        return MALFORMED
    return f"{outcome.known} loaded"


def compare(lines: list[tuple[str, str]], folder: Path, peer: Program, ours: Program) -> None:
    probe = folder / "probe"
    probe.write_bytes(b"\x00\x01\x00\x01nothing")
    differing = []
    for suffix, content in lines:
        database = folder / f"lines.{suffix}"
        database.write_bytes(content.encode("latin-1"))
        theirs, mine = verdict(peer, database, probe), verdict(ours, database, probe)
        if theirs != mine and (suffix, content) not in ALLOWED_LINES:
            differing.append(f"{suffix}: {content!r:.200}: peer {theirs}, ours {mine}")
    assert not differing, f"{len(differing)} of {len(lines)} lines differ:\n" + "\n".join(differing)


@pytest.mark.parametrize("row", TABLES)
def test_lines(row: str, tmp_path: Path, peer: Program, ours: Program) -> None:
    suffix, contents = TABLES[row]
    compare([(suffix, content) for content in contents], tmp_path, peer, ours)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_lines(seed: int, tmp_path: Path, peer: Program, ours: Program) -> None:
    compare(mutated(seed, MUTATIONS), tmp_path, peer, ours)
