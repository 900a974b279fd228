"""Both programs over the cases of one seed, and where they differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from compat.language.draw import Draw
from compat.program import Outcome, Program, write_database

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from compat.language.case import Case, File, Row

HITS = MISSES = 11
"""How many of each a row aims at under one seed."""
SHARDS = 4
"""Runs a group is spread over: the peer's time grows with signatures times files."""
MOST_CASES = 30
MACRO_GROUPS = 32
OPTIONS = ("--allmatch", "--detect-pua")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of one case of one row, and where it was written."""

    row: Row
    case: Case
    file: File
    path: Path


@dataclass(frozen=True, slots=True)
class Difference:
    """A file on which the programs do not agree about one name."""

    row: Row
    name: str
    entry: Entry
    lines: tuple[str, ...]
    peer: frozenset[str]
    ours: frozenset[str]

    def __str__(self) -> str:
        data = self.entry.file.data
        shown = data.hex() if len(data) <= 600 else f"{len(data)} bytes, kept as {self.entry.path}"
        return (
            f"[{self.row.section} {self.row.slug}] peer "
            f"{'finds' if self.name in self.peer else 'does not find'} {self.name}\n"
            + "".join(f"    {line}\n" for line in self.lines)
            + f"    file: {shown}\n    peer: {sorted(self.peer)}\n    ours: {sorted(self.ours)}"
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What the peer said about one file and the signature it was made for."""

    row: Row
    hit: bool
    meant: bool


def draw_cases(rows: Iterable[Row], seed: int) -> Iterator[tuple[Row, Case]]:
    """The cases of `seed`; a row's cases depend on nothing but the seed and its name."""
    groups = list(range(MACRO_GROUPS))
    for row in rows:
        draw = Draw(Random(f"{seed}/{row.slug}"), row.slug, groups)  # noqa: S311 - a test
        hits = misses = 0
        for _ in range(MOST_CASES):
            if hits >= HITS and misses >= MISSES:
                break
            case = row.make(draw)
            hits += sum(file.hit for file in case.files)
            misses += sum(not file.hit for file in case.files)
            yield row, case


def shards(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Which rows share a database: those of a group, the large main group in several parts."""
    parts: defaultdict[str, list[Row]] = defaultdict(list)
    for number, row in enumerate(rows):
        parts[f"{row.group}-{number % SHARDS}" if row.group == "main" else row.group].append(row)
    return dict(parts)


@dataclass(slots=True)
class Bench:
    """The cases of one group under one seed, written into `folder`."""

    folder: Path
    entries: list[Entry]
    owners: dict[str, tuple[Row, Case]]

    @classmethod
    def build(cls, folder: Path, cases: Sequence[tuple[Row, Case]]) -> Bench:
        owners: dict[str, tuple[Row, Case]] = {}
        entries: list[Entry] = []
        for row, case in cases:
            owners[case.name] = (row, case)
            place = folder / "files" / row.slug
            place.mkdir(parents=True, exist_ok=True)
            for number, file in enumerate(case.files):
                path = place / f"{case.name.rpartition('.')[2]}-{number}"
                path.write_bytes(file.data)
                entries.append(Entry(row, case, file, path))
        write_database(folder / "database", (line for _, case in cases for line in case.lines))
        return cls(folder, entries, owners)

    def ask(self, program: Program) -> Outcome:
        outcome = program.scan(self.folder / "database", [self.folder / "files"], *OPTIONS)
        missing = [entry.path for entry in self.entries if str(entry.path) not in outcome.names]
        if missing or outcome.code == 2:
            raise RuntimeError(
                f"{program.label}: exit code {outcome.code}, {len(missing)} of {len(self.entries)} "
                f"files without a result in {self.folder}\n{outcome.output[-2000:]}"
            )
        return outcome

    def decisions(self, peer: Outcome) -> Iterator[Decision]:
        for entry in self.entries:
            yield Decision(entry.row, entry.case.name in peer.found(entry.path), entry.file.hit)

    def differences(self, peer: Outcome, ours: Outcome) -> Iterator[Difference]:
        for entry in self.entries:
            theirs, mine = peer.found(entry.path), ours.found(entry.path)
            for name in sorted(theirs ^ mine):
                row, case = self._owner(name, entry)
                lines = tuple(f"{file}: {line}" for file, line in case.lines)
                yield Difference(row, name, entry, lines, theirs, mine)

    def _owner(self, name: str, entry: Entry) -> tuple[Row, Case]:
        """Whose signature `name` is; helpers such as macro parts end in a word of their own."""
        for candidate in (name, name.rpartition(".")[0]):
            if candidate in self.owners:
                return self.owners[candidate]
        return entry.row, entry.case


def table(decisions: Mapping[str, tuple[Row, int, int]]) -> str:
    """Hits and misses per row, as text."""
    lines = [f"{'section':8}{'row':36}{'hits':>7}{'misses':>8}"]
    for slug, (row, hits, misses) in decisions.items():
        lines.append(f"{row.section:8}{slug:36}{hits:>7}{misses:>8}")
    return "\n".join(lines)
