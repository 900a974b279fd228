"""Trying a candidate: it must compile, find what it should and leave alone what it should.

In a process of its own, which may take what it wants and die: `python -m nacre.updater.trial`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import DatabaseError, NacreError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 1800.0
"""That a trial may take."""

_MAX_SAID = 500


class TrialError(DatabaseError):
    """The candidate must not be used."""


def tried(folder: Path, scratch: Path, seconds: float = SECONDS) -> int:
    """Have the databases in `folder` tried; the number of their signatures.

    Args:
        folder: the candidate.
        scratch: for the compiled image; removed afterwards.
        seconds: the deadline.

    Raises:
        TrialError: they must not be used; says why.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, a path of ours
            [sys.executable, "-m", "nacre.updater.trial", str(folder)],
            env={**os.environ, "XDG_CACHE_HOME": str(scratch)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TrialError(f"{folder}: not compiled within {seconds:g} s") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode or not done.stdout.strip().isdigit():
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:_MAX_SAID]
        raise TrialError(said or f"{folder}: the trial ended with {done.returncode}")
    return int(done.stdout)


def warm(directory: Path, seconds: float = SECONDS) -> None:
    """Have the databases in use compiled, so that no scanner has to wait for that.

    It is only a favour: what goes wrong here is told by whoever uses them.
    """
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603 - this interpreter, a path of ours
            [sys.executable, "-m", "nacre.updater.trial", "--warm", str(directory)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )


def _warm(directory: Path) -> int:
    from nacre.database import Database  # noqa: PLC0415 - only the child compiles

    return Database.open(directory).signatures


def _try(folder: Path) -> int:
    """What the child does. Raises NacreError."""
    from nacre.database import Database  # noqa: PLC0415 - only the child compiles
    from nacre.database.sources import BUILTIN  # noqa: PLC0415
    from nacre.engine import Scanner  # noqa: PLC0415

    database = Database.open((folder, BUILTIN))
    scanner = Scanner(database)
    for name, content in _canaries(BUILTIN):
        if not scanner.scan_bytes(content).alerts:
            raise TrialError(f"{folder}: {name} is not found with these databases")
    for path in (Path(os.__file__), Path(shutil.__file__), Path(sys.executable).resolve()):
        for alert in scanner.scan_path(path).alerts:
            raise TrialError(f"{folder}: {alert.name} is found in {path}, which is clean")
    return database.signatures


def _canaries(builtin: Path) -> Iterator[tuple[str, bytes]]:
    """What every database must let be found: the contents of the built-in body signatures."""
    for line in (builtin / "test.ndb").read_text().splitlines():
        if not line.startswith("#"):
            name, _target, _offset, body = line.split(":")
            yield name, bytes.fromhex(body)


def _main(argv: list[str]) -> int:
    try:
        run = _warm if argv[1] == "--warm" else _try
        sys.stdout.write(f"{run(Path(argv[-1]))}\n")
    except NacreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv))
