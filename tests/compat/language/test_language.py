"""Random signatures over the whole language, on files that hit, narrowly miss and repeat.

Every row must be asked often enough on both sides of the truth (by the peer's answers), and nacre must give
the peer's answer for each file and name, the table of `differences` excepted.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from compat.conftest import TABLE
from compat.language.bench import Bench, Decision, Difference, draw_cases, shards, table
from compat.language.differences import ALLOWED, is_allowed
from compat.language.rows import ROWS, Row
from compat.program import Program

LATER: frozenset[str] = frozenset({"programs", "html", "pictures"})
"""What rows may need that nacre does not have yet. May only shrink."""
PER_SEED = 10
ALL_DECISIONS = 100_000
ALL_SEEDS = 20
LEAST_ALERTS = 0.3
SHOWN = 20
DIFFERENCES_DOCUMENT = Path(__file__).parents[3] / "docs" / "design" / "differences.md"


@dataclass(frozen=True, slots=True)
class Job:
    seed: int
    part: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Answer:
    decisions: tuple[Decision, ...]
    differences: tuple[Difference, ...]


def chosen_rows(config: pytest.Config) -> list[Row]:
    only = config.getoption("--compat-row", [])
    return [row for row in ROWS.values() if row.needs not in LATER and (not only or row.slug in only)]


def jobs(rows: list[Row], seeds: int) -> Iterator[Job]:
    parts = shards(rows)
    for seed in range(seeds):
        for part, members in parts.items():
            yield Job(seed, part, members)


def run(job: Job, folder: Path, peer: Program, ours: Program) -> Answer:
    here = folder / f"{job.seed}-{job.part}"
    bench = Bench.build(here, list(draw_cases(job.rows, job.seed)))
    theirs = bench.ask(peer)
    mine = bench.ask(ours)
    differences = tuple(bench.differences(theirs, mine))
    answer = Answer(tuple(bench.decisions(theirs)), differences)
    if not differences:
        shutil.rmtree(here)
    return answer


@pytest.mark.timeout(1800)
def test_language(
    peer: Program,
    ours: Program,
    seeds: int,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    record_property: pytest.FixtureRequest,
) -> None:
    rows = chosen_rows(pytestconfig)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda job: run(job, tmp_path, peer, ours), jobs(rows, seeds)))
    counts = tally(answer.decisions for answer in answers)
    text = table({row.slug: (row, *counts[row.slug]) for row in rows})
    total = sum(map(sum, counts.values()))
    alerts = sum(hits for hits, _ in counts.values()) / total
    summary = f"{text}\n{len(rows)} rows, {total} decisions over {seeds} seeds, {alerts:.1%} alerts"
    record_property(TABLE, summary)  # type: ignore[operator]
    few = [slug for slug, sides in counts.items() if min(sides) < PER_SEED * seeds]
    assert not few, f"rows with too few hits or near misses: {', '.join(few)}\n{summary}"
    assert total >= ALL_DECISIONS * seeds // ALL_SEEDS or len(rows) < len(ROWS) // 2, summary
    assert alerts >= LEAST_ALERTS, summary
    refuse([difference for answer in answers for difference in answer.differences])


def tally(groups: Iterator[tuple[Decision, ...]]) -> dict[str, tuple[int, int]]:
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    for decisions in groups:
        for decision in decisions:
            (hits if decision.hit else misses)[decision.row.slug] += 1
    return {slug: (hits[slug], misses[slug]) for slug in {**hits, **misses}}


def refuse(differences: list[Difference]) -> None:
    """Fail on those that are not allowed: how many per row, and the smallest of each."""
    by_row: defaultdict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        if not is_allowed(difference):
            by_row[difference.row.slug].append(difference)
    smallest = [min(found, key=lambda d: len(d.entry.file.data)) for found in by_row.values()]
    counts = "".join(f"\n  {slug}: {len(found)}" for slug, found in by_row.items())
    shown = "\n\n".join(str(difference) for difference in smallest[:SHOWN])
    assert not by_row, f"the programs differ:{counts}\n\n{shown}"


def test_allowed_differences_are_documented() -> None:
    headings = DIFFERENCES_DOCUMENT.read_text(encoding="utf-8")
    assert [entry.title for entry in ALLOWED if f"## {entry.title}\n" not in headings] == []
