"""Programs that old file viruses infected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infected import CASES

if TYPE_CHECKING:
    from compat.pair import Pair

LINES = [("a.ndb", "Unused:0:*:0011223344")]


def test_infected_programs(pair: Pair) -> None:
    files = {name: data for name, (data, _) in CASES.items()}
    found = pair.agree(LINES, files, "--allmatch")
    assert found == {name: frozenset(names) for name, (_, names) in CASES.items()}
    assert not any(pair.agree(LINES, files, "--heuristic-alerts=no").values())


def test_switches_of_a_database(pair: Pair) -> None:
    files = {name: CASES[name][0] for name in ("parite", "a-first", "b-first", "kriz", "polipos")}
    kinds = {0x1: {"parite"}, 0x2: {"kriz"}, 0x4: {"a-first", "b-first"}, 0x8: {"polipos"}}
    for mask, left in kinds.items():
        lines = [*LINES, ("a.cfg", f"PE:0x{mask:x}:1:255")]
        found = pair.agree(lines, files)
        assert {name for name, names in found.items() if names} == left
