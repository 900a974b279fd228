"""Programs made to cost much: all facts all the same, in little time and memory."""

from __future__ import annotations

import resource
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from hostile.programs import CASES
from nacre.executables import Program
from nacre.model.errors import Unsupported
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hostile.case import Case

SECONDS = 20
MEMORY = 200 << 10
"""Kilobytes that a test may add to the most the process ever had."""
TYPES = {
    b"MZ": FileType.MSEXE,
    b"\x7fE": FileType.ELF,
    b"\xcf\xfa": FileType.MACHO,
    b"\xca\xfe": FileType.MACHO_UNIBIN,
}


@pytest.fixture(autouse=True)
def _little() -> Iterator[None]:
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_facts(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "program"
    case.make(path)
    with path.open("rb") as file:
        data = Fmap.from_fd(file.fileno(), path.stat().st_size)
        program = Program(data, TYPES[data.read(0, 2)])
        everything(program)
    assert len(program.sections) <= 65_535


def everything(program: Program) -> None:
    with suppress(Unsupported):
        program.import_text()
    program.exports()
    program.version_keys()
    program.icons()
    program.icon_groups()
    assert program.overlay is None or program.overlay > 0
    assert program.signed is None or program.signed.table >= 0
