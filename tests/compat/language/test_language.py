"""Random signatures over the whole language, on files that hit, narrowly miss and repeat.

Every row must be asked often enough on both sides of the truth (by the peer's answers), and nacre
must give the peer's answer for each file and name, the table of `differences` excepted.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.conftest import TABLE
from compat.language.bench import Bench, Decision, Difference, draw_cases, shards, table
from compat.language.differences import ALLOWED, is_allowed
from compat.language.rows import ROWS, Row
from compat.later import LATER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compat.pair import Pair

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
    return [
        row for row in ROWS.values() if row.needs not in LATER and (not only or row.slug in only)
    ]


def jobs(rows: list[Row], seeds: int) -> Iterator[Job]:
    parts = shards(rows)
    for seed in range(seeds):
        for part, members in parts.items():
            yield Job(seed, part, members)


def run(job: Job, pair: Pair) -> Answer:
    here = pair.folder / f"{job.seed}-{job.part}"
    bench = Bench.build(here, list(draw_cases(job.rows, job.seed)))
    theirs, mine = bench.ask(pair.peer), bench.ask(pair.ours)
    differences = tuple(bench.differences(theirs, mine))
    answer = Answer(tuple(bench.decisions(theirs)), differences)
    if not differences:
        shutil.rmtree(here)
    return answer


@pytest.mark.timeout(1800)
def test_language(
    pair: Pair,
    seeds: int,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    rows = chosen_rows(pytestconfig)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda job: run(job, pair), jobs(rows, seeds)))
    counts = tally(answer.decisions for answer in answers)
    record_property(TABLE, describe(rows, counts, seeds))
    if seeds >= ALL_SEEDS and not pytestconfig.getoption("--compat-row", []):
        check_coverage(counts, seeds)
    refuse([difference for answer in answers for difference in answer.differences])


def describe(rows: list[Row], counts: dict[str, tuple[int, int]], seeds: int) -> str:
    total, alerts = sum(map(sum, counts.values())), sum(hits for hits, _ in counts.values())
    text = table({row.slug: (row, *counts[row.slug]) for row in rows})
    share = f"{alerts / total:.1%} alerts"
    return f"{text}\n{len(rows)} rows, {total} decisions over {seeds} seeds, {share}"


def check_coverage(counts: dict[str, tuple[int, int]], seeds: int) -> None:
    """Every row on both sides of the truth, and alerts no rarity, by what the peer answered."""
    few = {slug: sides for slug, sides in counts.items() if min(sides) < PER_SEED * seeds}
    assert not few, f"rows with too few hits or near misses: {few}"
    total = sum(map(sum, counts.values()))
    assert total >= ALL_DECISIONS
    assert sum(hits for hits, _ in counts.values()) >= LEAST_ALERTS * total


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
    counts = "".join(f"\n  {slug}: {sides(found)}" for slug, found in by_row.items())
    shown = "\n\n".join(str(difference) for difference in smallest[:SHOWN])
    assert not by_row, f"the programs differ:{counts}\n\n{shown}"


def sides(found: list[Difference]) -> str:
    more = sum(difference.name in difference.ours for difference in found)
    return f"{len(found)} differences, nacre finds more in {more}"


def test_allowed_differences_are_documented() -> None:
    headings = DIFFERENCES_DOCUMENT.read_text(encoding="utf-8")
    assert [entry.title for entry in ALLOWED if f"## {entry.title}\n" not in headings] == []
