"""Which lines load, are skipped in silence, or stop the load: both programs, line by line."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from compat.language.differences import ALLOWED_LINES
from compat.language.lines import mutated, tables
from compat.program import Outcome, Program, load_options, read_outcome

TABLES = tables()
MUTATIONS = 40
MALFORMED = "malformed"
ERROR = 2


Loader = Callable[[Path, Path], str]


def verdict(outcome: Outcome) -> str:
    """`malformed`, or how many signatures were loaded."""
    return MALFORMED if outcome.code == ERROR else f"{outcome.known} loaded"


@pytest.fixture
def load_ours(ours: Program, pytestconfig: pytest.Config) -> Loader:
    """nacre's command in this process: starting it a thousand times would take most of the time."""
    if pytestconfig.getoption("--compat-ours", None):
        return lambda database, probe: verdict(ours.load(database, probe))
    from nacre.cli.main import clamscan  # noqa: PLC0415 - not needed for another command

    def load(database: Path, probe: Path) -> str:
        out, error = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = clamscan(load_options(database, probe))
        return verdict(read_outcome(code, out.buffer.getvalue(), error.buffer.getvalue()))

    return load


def compare(lines: list[tuple[str, str]], folder: Path, peer: Program, load_ours: Loader) -> None:
    probe = folder / "probe"
    probe.write_bytes(b"\x00\x01\x00\x01nothing")
    differing = []
    for suffix, content in lines:
        database = folder / f"lines.{suffix}"
        database.write_bytes(content.encode("latin-1"))
        theirs, mine = verdict(peer.load(database, probe)), load_ours(database, probe)
        if theirs != mine and (suffix, content) not in ALLOWED_LINES:
            differing.append(f"{suffix}: {content!r:.200}: peer {theirs}, ours {mine}")
    assert not differing, f"{len(differing)} of {len(lines)} lines differ:\n" + "\n".join(differing)


@pytest.mark.parametrize("row", TABLES)
def test_lines(row: str, tmp_path: Path, peer: Program, load_ours: Loader) -> None:
    suffix, contents = TABLES[row]
    compare([(suffix, content) for content in contents], tmp_path, peer, load_ours)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_lines(seed: int, tmp_path: Path, peer: Program, load_ours: Loader) -> None:
    compare(mutated(seed, MUTATIONS), tmp_path, peer, load_ours)
