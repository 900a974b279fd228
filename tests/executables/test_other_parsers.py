"""The same facts as pefile and LIEF have, where those are installed (`pip install pefile lief`).

`python tests/executables/compare_programs.py FOLDER ...` compares any number of programs.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

from executables.compare_programs import INSTALLED, compare, kind_of, programs

SAMPLES = Path(__file__).parents[2] / "samples" / "executable"
FEW = 40
"""Files of one kind."""
LARGEST = 1 << 20
COPIES = 3


@pytest.mark.parametrize("kind", ["pe", "elf", "mach-o", "universal"])
def test_what_other_parsers_say(kind: str) -> None:
    if not INSTALLED:
        pytest.skip("neither pefile nor lief is installed")
    places = [str(SAMPLES), sys.prefix, sys.base_prefix]
    found = (path for path in programs(places, LARGEST) if kind_of(path) == kind)
    outcomes = [
        (path, copy, outcome)
        for path in islice(found, FEW)
        for copy, outcome in compare(path, COPIES)
    ]
    assert outcomes
    assert [one for one in outcomes if one[2].outcome == "differed"] == []
