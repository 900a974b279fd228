"""sigtool: files that are looked at, and what is said when one cannot be."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nacre.model.fmap import Fmap
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAILED = 1


@contextmanager
def fmap(path: Path) -> Iterator[Fmap]:
    """The bytes of the file at `path`; raises OSError."""
    with path.open("rb") as file:
        yield Fmap.from_fd(file.fileno(), os.fstat(file.fileno()).st_size)


def cannot_access(name: str, error: OSError) -> int:
    """Say that a file cannot be read; returns the exit code."""
    sys.stdout.flush()
    complain(f"hashsig: {error.strerror}", f"ERROR: hashsig: Can't access file {printable(name)}")
    return FAILED


def complain(*lines: str) -> None:
    """Write lines to standard error."""
    sys.stderr.writelines(f"{line}\n" for line in lines)


def refuse(reason: str) -> int:
    """Say why a line is no signature, where ClamAV says it; returns the exit code."""
    sys.stdout.flush()
    (sys.stderr if reason.startswith("ERROR") else sys.stdout).write(f"{reason}\n")
    return FAILED
