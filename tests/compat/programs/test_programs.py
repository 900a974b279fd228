"""Real programs and damaged copies of them: the same names as the peer."""

from __future__ import annotations

import struct
from random import Random
from typing import TYPE_CHECKING

import pytest

from compat.pair import only
from compat.programs.collection import SAMPLES, damaged, is_deadly, programs, reaches_far
from compat.programs.signatures import about
from nacre.executables import Program
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from compat.pair import Pair

COPIES = 12
FEWEST_ALERTS = 100
"""Names that must be found at least, or the comparison shows nothing."""


@pytest.fixture(scope="module")
def collection() -> dict[str, bytes]:
    return {f"program{number}": data for number, data in enumerate(programs())}


def test_offsets_and_conditions(pair: Pair, collection: dict[str, bytes]) -> None:
    lines = [line for name, data in collection.items() for line in about(name, data)]
    names = pair.agree(lines, collection, "--allmatch")
    assert sum(map(len, names.values())) >= FEWEST_ALERTS


def test_damaged_programs(pair: Pair, collection: dict[str, bytes], seeds: int) -> None:
    random = Random(seeds)  # noqa: S311 - repeatable
    small = [data for data in collection.values() if len(data) < 40_000]
    files = {
        f"damaged{number}-{copy}": damaged(data, random)
        for number, data in enumerate(small)
        for copy in range(COPIES)
    }
    files = {
        name: data for name, data in files.items() if not is_deadly(data) and not reaches_far(data)
    }
    lines = [line for name, data in files.items() for line in about(name, data)]
    names = pair.agree(lines, files, "--allmatch", "--alert-broken")
    broken = [name for name, found in names.items() if "Heuristics.Broken.Executable" in found]
    assert len(broken) >= len(files) // 10
    assert len(broken) < len(files)


def test_a_section_that_reaches_beyond_four_gigabytes(pair: Pair) -> None:
    """docs/design/differences.md, "Programs that reach beyond 4 GiB"."""
    data = (SAMPLES / "macho" / "object.in").read_bytes()
    section = Program(Fmap.from_bytes(data), FileType.MACHO).sections[0].stated
    at = data.rfind(struct.pack("<QI", section.size, section.offset))
    huge = data[:at] + struct.pack("<Q", 0xFFFFFF00) + data[at + 8 :]
    pattern = data[section.offset :][:8].hex()
    lines = [("x.ndb", f"Inside:9:SE0:{pattern}"), ("x.ndb", f"At:9:S0+0:{pattern}")]
    seen = pair.both(lines, {"huge": huge, "whole": data}, "--allmatch")
    assert seen["whole"] == (only("Inside", "At"), only("Inside", "At"))
    assert seen["huge"] == (only("At"), only("Inside", "At"))
