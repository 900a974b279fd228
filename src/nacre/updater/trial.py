"""Trying a candidate: it must compile, find what it should and leave alone what it should.

In a process of its own, which may take what it wants and die: `python -m nacre.updater.trial`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import DatabaseError, NacreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS = 1800.0
"""That a trial may take."""

_MAX_SAID = 500
_DISK = 2
"""How the child ends when it is not the candidate's fault."""


class TrialError(DatabaseError):
    """The candidate must not be used."""


def tried(directory: Path, candidate: Path, going: Iterable[str] = ()) -> int:
    """Have `directory` tried as it will be; the number of its signatures.

    The image that is compiled for it is the one that scanners will use. If a file of others is in
    the way, the candidate alone is tried.

    Args:
        directory: the database folder.
        candidate: the folder with the files that will be moved into it.
        going: names of files in `directory` that will be gone.

    Raises:
        TrialError: they must not be used; says why.
        OSError: the disk is full or broken.
    """
    done = _child(str(directory), str(candidate), *going)
    if done.returncode == _DISK:
        number = int(done.stderr)
        raise OSError(number, os.strerror(number), str(directory))
    if done.returncode or not done.stdout.strip().isdigit():
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:_MAX_SAID]
        raise TrialError(said or f"{candidate}: the trial ended with {done.returncode}")
    return int(done.stdout)


def settle(directory: Path) -> None:
    """Have the databases in use compiled, unless they are, and older images removed.

    It is only a favour: what goes wrong here is told by whoever uses them.
    """
    with contextlib.suppress(TrialError, OSError):
        _child("--settle", str(directory))


def _child(*words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - this interpreter, paths of ours
            [sys.executable, "-m", "nacre.updater.trial", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TrialError(f"{words[0]}: not compiled within {SECONDS:g} s") from error


def _settle(directory: Path) -> int:
    from nacre.database import Database  # noqa: PLC0415 - only the child compiles

    Database.settle(directory)
    return 0


def _try(directory: Path, candidate: Path, going: list[str]) -> int:
    """What the child does. Raises NacreError."""
    from nacre.database import Database  # noqa: PLC0415 - only the child compiles
    from nacre.database.compiler import CANARIES  # noqa: PLC0415
    from nacre.engine import Scanner  # noqa: PLC0415
    from nacre.model.options import ScanOptions  # noqa: PLC0415

    try:
        database = Database.ahead(directory, candidate, going)
    except DatabaseError:
        database = Database.alone(candidate)  # or it is the candidate's own fault
    try:
        scanner = Scanner(database, ScanOptions(canaries=True))
        for name, content in _canaries(CANARIES):
            if name not in {alert.name for alert in scanner.scan_bytes(content).alerts}:
                raise TrialError(f"{candidate}: {name} is not found with these databases")
        for path in (Path(os.__file__), Path(shutil.__file__), Path(sys.executable).resolve()):
            for alert in scanner.scan_path(path).alerts:
                raise TrialError(f"{candidate}: {alert.name} is found in {path}, which is clean")
    except NacreError:
        if database.path is not None:
            database.path.unlink(missing_ok=True)
        raise
    return database.signatures


def _canaries(path: Path) -> Iterator[tuple[str, bytes]]:
    """What every image must find: the contents of these body signatures."""
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, _target, _offset, body = line.split(":")
            yield name, bytes.fromhex(body)


def _main(argv: list[str]) -> int:
    try:
        if argv[1] == "--settle":
            answer = _settle(Path(argv[2]))
        else:
            answer = _try(Path(argv[1]), Path(argv[2]), argv[3:])
        sys.stdout.write(f"{answer}\n")
    except NacreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.errno or errno.EIO}\n")
        return _DISK
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv))
