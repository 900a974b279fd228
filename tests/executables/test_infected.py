"""Programs made as ClamAV 1.4.6 knows infected ones; tests/compat/test_infections.py asks it."""

from __future__ import annotations

import pytest

from infected import CASES
from nacre.executables import Program, infections
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap


@pytest.mark.parametrize("case", CASES)
def test_names(case: str) -> None:
    data, names = CASES[case]
    program = Fmap.from_bytes(data)
    assert [*infections(Program(program, FileType.MSEXE), program)] == names
