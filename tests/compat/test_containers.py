"""A payload in some 240 containers: found wherever it can be, told of where it cannot."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

import nacre
from compat.containers import build, found_by, line

if TYPE_CHECKING:
    from pathlib import Path

    from compat.pair import Pair

FEWEST = 150
"""Containers; a machine with all programs makes about 250."""
NOT_FOUND: frozenset[str] = frozenset()
"""Containers that nacre does not open yet; may only shrink."""


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("containers")
    made, missing = build(folder)
    if len(made) < FEWEST:
        pytest.skip(f"only {len(made)} containers could be made: {missing}")
    return folder


@pytest.mark.timeout(600)
def test_the_payload_is_found(pair: Pair, containers: Path, tmp_path: Path) -> None:
    database = tmp_path / "a.hsb"
    database.write_text(line())
    names = {path.name for path in containers.iterdir()}
    ours = found_by(pair.ours.argv[-1], database, containers)
    assert names - ours == NOT_FOUND & names
    assert found_by(pair.peer.argv[-1], database, containers) <= ours


@pytest.mark.timeout(900)
@pytest.mark.parametrize("damage", ["cut", "flipped", "doubled"])
def test_damage(containers: Path, tmp_path: Path, damage: str) -> None:
    """No exception, and what hides the payload now is told of, except where nothing can show it."""
    (tmp_path / "a.hsb").write_text(line())
    scanner = nacre.Scanner(nacre.Database.open(tmp_path), nacre.ScanOptions(strict=True))
    rng = random.Random(3)  # noqa: S311
    silent = []
    for path in sorted(containers.iterdir()):
        data = bytearray(path.read_bytes())
        if damage == "cut":
            del data[len(data) * 2 // 3 :]
        elif damage == "doubled":
            data *= 2
        else:
            for _ in range(3):
                data[rng.randrange(len(data) // 4, len(data))] ^= 1 << rng.randrange(8)
        report = scanner.scan_bytes(bytes(data))
        if not report.alerts and not report.incomplete:
            silent.append(path.name)
    assert len(silent) < {"cut": 15, "flipped": 25, "doubled": 20}[damage], silent
