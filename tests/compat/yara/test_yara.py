"""Random rules over the whole language that ClamAV knows of YARA, on files made for them.

Every row must be asked on both sides of the truth (by the peer's answers), and nacre must give the
peer's answer for each file and rule. Rules that meet one of the peer's mistakes are not drawn; what
nacre makes of them stands in docs/design/differences.md and is tried in `test_differences`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest

from compat.conftest import TABLE
from compat.yara import conditions, strings  # noqa: F401 - they register the rows
from compat.yara.case import ROWS, Case, Rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compat.pair import Pair

CASES = 6
"""Rules of a row under one seed."""
LEAST_PER_SEED = 2
SHOWN = 12
TEN_MINUTES = 600
PREFIX = "YARA."


def draw(seed: int) -> dict[str, list[Case]]:
    drawn = {}
    for slug, make in ROWS.items():
        rules = Rules(slug, Random(f"{seed}/{slug}"))  # noqa: S311 - a test
        drawn[slug] = [make(rules) for _ in range(CASES)]
    return drawn


def write(folder: Path, cases: dict[str, list[Case]]) -> None:
    text = "\n".join(case.text for own in cases.values() for case in own)
    (folder / "database").mkdir(parents=True)
    (folder / "database" / "rules.yar").write_bytes(text.encode("latin-1"))
    for own in cases.values():
        for case in own:
            place = folder / "files" / case.name
            place.mkdir(parents=True)
            for number, data in enumerate(case.files):
                (place / str(number)).write_bytes(data)


def _may_read_last(text: str, data: bytes) -> bool:
    """Whether a rule may read a number that ends where so small a file does, which ClamAV does not.

    docs/design/differences.md, "The last byte in YARA rules". No number is read beyond byte 32.
    """
    return "int" in text and len(data) < 32


@pytest.mark.timeout(TEN_MINUTES * 3)
def test_rules_are_those_of_the_peer(
    pair: Pair, seeds: int, record_property: Callable[[str, object], None]
) -> None:
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    differing: list[str] = []
    for seed in range(seeds):
        folder = pair.folder / str(seed)
        cases = draw(seed)
        write(folder, cases)
        theirs, mine = (
            program.scan(folder / "database", [folder / "files"], "--allmatch", timeout=TEN_MINUTES)
            for program in (pair.peer, pair.ours)
        )
        for slug, own in cases.items():
            for case in own:
                for number, data in enumerate(case.files):
                    path = folder / "files" / case.name / str(number)
                    expected, found = theirs.found(path), mine.found(path)
                    (hits if PREFIX + case.name in expected else misses)[slug] += 1
                    differing += [
                        f"{name}: peer {'finds' if name in expected else 'does not find'} it\n"
                        f"    {_text(cases, name)}\n    {data.hex()[:600]}"
                        for name in sorted(expected ^ found)
                        if name in expected or not _may_read_last(_text(cases, name), data)
                    ]
        shutil.rmtree(folder)
    record_property(TABLE, table(hits, misses, seeds))
    assert not differing, f"{len(differing)} differences\n" + "\n".join(differing[:SHOWN])
    few = [slug for slug in ROWS if min(hits[slug], misses[slug]) < LEAST_PER_SEED * seeds]
    assert not few, f"rows with too few hits or misses: {few}"


def _text(cases: dict[str, list[Case]], name: str) -> str:
    bare = name.removeprefix(PREFIX)
    for own in cases.values():
        for case in own:
            if bare.rstrip("xy") == case.name:
                return case.text
    return "?"


def table(hits: Counter[str], misses: Counter[str], seeds: int) -> str:
    lines = [f"{'row':24}{'hits':>7}{'misses':>8}"]
    lines += [f"{slug:24}{hits[slug]:>7}{misses[slug]:>8}" for slug in ROWS]
    total = hits.total() + misses.total()
    return "\n".join(
        [*lines, f"{total} decisions over {seeds} seeds, {hits.total() / total:.0%} alerts"]
    )
