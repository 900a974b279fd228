"""Running a clamscan, whoever's it is, and reading what it says."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

# A name never holds ": ", so the last one on the line ends the path.
_FOUND = re.compile(rb"^(?P<path>.*): (?P<name>\S+) FOUND$")
_CLEAN = re.compile(rb"^(?P<path>.*): (?:OK|Empty file)$")
_KNOWN = re.compile(rb"^Known viruses: (\d+)$", re.MULTILINE)

UNOFFICIAL = ".UNOFFICIAL"
QUIET = ("--bytecode=no", "--no-summary", "--stdout")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a clamscan answered."""

    code: int
    names: Mapping[str, tuple[str, ...]]
    """Alerts per path as printed, without .UNOFFICIAL; clean files are there with none."""
    output: str
    known: int | None = field(default=None)
    """Signatures loaded, where the summary was asked for."""

    def found(self, path: Path | str) -> frozenset[str]:
        """The names reported for `path`; a path without a result line is an error of the test."""
        return frozenset(self.names[str(path)])

    def first(self, path: Path | str) -> str | None:
        """The first name reported for `path`."""
        return next(iter(self.names[str(path)]), None)


@dataclass(frozen=True, slots=True)
class Program:
    """A clamscan command."""

    label: str
    argv: tuple[str, ...]

    def scan(
        self, database: Path, paths: Iterable[Path], *options: str, timeout: float = 300
    ) -> Outcome:
        """Scan `paths` (folders too) with the database file or folder `database`."""
        argv = [*self.argv, *QUIET, "-r", f"--database={database}", *options, *map(str, paths)]
        return self._run(argv, timeout)

    def load(self, database: Path, probe: Path, *options: str) -> Outcome:
        """Load `database`, scan the small file `probe`, and say how many signatures were loaded."""
        return self._run([*self.argv, *load_options(database, probe), *options], 60)

    def _run(self, argv: Sequence[str], timeout: float) -> Outcome:
        run = subprocess.run(argv, capture_output=True, check=False, timeout=timeout)
        if run.returncode not in (0, 1, 2):
            end = run.stderr.decode(errors="replace")[-2000:]
            raise RuntimeError(f"{self.label} ended with {run.returncode}: {' '.join(argv)}\n{end}")
        return read_outcome(run.returncode, run.stdout, run.stderr)


def load_options(database: Path, probe: Path) -> list[str]:
    return ["--bytecode=no", "--stdout", f"--database={database}", str(probe)]


def read_outcome(code: int, stdout: bytes, stderr: bytes) -> Outcome:
    known = _KNOWN.search(stdout)
    return Outcome(
        code,
        _names(stdout),
        (stdout + stderr).decode(errors="backslashreplace"),
        int(known[1]) if known else None,
    )


def _names(output: bytes) -> dict[str, tuple[str, ...]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for line in output.splitlines():
        if match := _FOUND.match(line):
            name = match["name"].decode(errors="backslashreplace").removesuffix(UNOFFICIAL)
            names[match["path"].decode(errors="surrogateescape")].append(name)
        elif match := _CLEAN.match(line):
            names[match["path"].decode(errors="surrogateescape")]
    return {path: tuple(found) for path, found in names.items()}


def write_database(folder: Path, lines: Iterable[tuple[str, str]]) -> Path:
    """Write (file name, line) pairs into `folder`, in their order, and return the folder."""
    files: defaultdict[str, list[str]] = defaultdict(list)
    for name, line in lines:
        files[name].append(line)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes("".join(f"{line}\n" for line in content).encode("latin-1"))
    return folder
