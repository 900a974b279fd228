"""Files made to cost much: each scan ends by itself, in little memory, and says what it left out.

Every module of this folder that has `CASES` takes part.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hostile.case import MARK, WORD, Case

MEMORY = 200 << 20
"""Bytes that a scan may have, of its own and resident."""
SECONDS = 10
"""Of the processor; ten times as many where limits are lifted. The kernel ends what takes more."""
DATABASE = {
    "x.ndb": (
        f"Mark:0:*:{MARK.hex()}",
        f"Mark:0:*:{WORD.hex()}",
        *(f"At.{number}:1:{where}:0123456789abcdef" for number, where in enumerate(
            ("EP+0", "EP-9,99", "S0+0", "SE1", "SL+9", "VI", "EOF-99"))),
        "Elf:6:SL+0:0123456789abcdef",
        "MachO:9:SL+0:0123456789abcdef",
    ),
    "x.ldb": (
        "Logical;Engine:51-255,Target:1,NumberOfSections:3-65535;0;0123456789abcdef",
        "Icon;Engine:51-255,Target:1,IconGroup1:*;0;0123456789abcdef",
    ),
    "x.mdb": ("*:00112233445566778899aabbccddeeff:Section:73",),
    "x.imp": ("00112233445566778899aabbccddeeff:*:Import:73",),
}  # fmt: skip
"""Signatures that have everything looked at, and hardly find anything."""
HERE = Path(__file__).parent


def cases() -> list[Any]:
    names = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("test_"))
    modules = (import_module(f"hostile.{name}") for name in names)
    return [
        pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.slow else [])
        for module in modules
        for case in getattr(module, "CASES", ())
    ]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("database")
    for name, lines in DATABASE.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return folder


def limits(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", cases())
def test_a_hostile_file(case: Case, database: Path, tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    case.make(path)
    words = [
        "-m",
        "nacre.cli.main",
        "scan",
        "-z",
        "-j1",
        "--format=json",
        *case.options,
        "-d",
        str(database),
        str(path),
    ]
    answer, peak = tmp_path / "answer", tmp_path / "peak"
    command = [sys.executable, str(HERE / "peak.py"), str(peak)]
    seconds = SECONDS * (10 if "--max-filesize=0" in case.options else 1)
    with answer.open("wb") as file:
        process = subprocess.run(
            [*command, sys.executable, *words],
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(limits, seconds),
            check=False,
        )
    said = answer.read_text()
    assert process.returncode in {0, 1, 3}, said[-2000:]
    assert "internal error" not in said
    assert int(peak.read_text()) << 10 <= MEMORY
    (result,) = json.loads(said)["results"]
    names = {alert["name"].removesuffix(".UNOFFICIAL") for alert in result["alerts"]}
    reasons = [incident["reason"] for incident in result["incidents"]]
    assert ("Mark" in names) is case.found
    assert names or reasons, "plainly clean"
    if case.told:
        assert any(case.told in reason for reason in reasons), reasons
    else:
        assert reasons == []
