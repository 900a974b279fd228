"""Looking at every byte of the databases in use, and mending what can be without a net.

A process of its own, which is in nobody's way: `python -m nacre.updater.examination DIR` reads
slowly, leaves the page cache as it is, and prints a line for each file that is not what was put
there. One that an earlier generation has, byte for byte, is replaced; for the others there is
`freshclam` or `nacre repair`. Folders that no updater of nacre's ever filled are left alone.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.transport import store
from nacre.updater.generations import Generation, Generations

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 100 << 20
"""Bytes read in a second, at most."""

_PIECE = 1 << 20
_UNNEEDED = os.POSIX_FADV_DONTNEED
_NICE = 19


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not what was put there."""

    path: Path
    mended_from: Path | None
    """The whole copy that has taken its place; None where there is none."""

    def __str__(self) -> str:
        if self.mended_from is None:
            return f"{self.path}: damaged; freshclam or nacre repair mends it"
        return f"{self.path}: was damaged; replaced by the copy in {self.mended_from.parent}"


def examine(directory: Path, rate: int = RATE) -> Iterator[Damage]:
    """Read the databases in use, and mend what can be mended.

    Args:
        directory: the database folder.
        rate: bytes a second.

    Raises:
        OSError: a file cannot be read or written.
    """
    generations = Generations(directory)
    current = generations.current()
    for name in () if current is None else current.files:
        if current is not None and not _whole(current, name, rate):
            path = current.path / name
            yield Damage(path, _mended(generations, current, name))


def _whole(generation: Generation, name: str, rate: int) -> bool:
    """As `Generation.whole`, but slowly, and again when an updater switched meanwhile."""
    entry = generation.files[name]
    digest, size = hashlib.sha256(), 0
    try:
        with (generation.path / name).open("rb") as file:
            began = time.monotonic()
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                os.posix_fadvise(file.fileno(), size - len(piece), len(piece), _UNNEEDED)
                ahead = size / rate - (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead)
    except FileNotFoundError:
        return not generation.path.exists()  # pruned in the meantime: another one is in use
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False
    return (size, digest.hexdigest()) == (entry.size, entry.sha256)


def _mended(generations: Generations, current: Generation, name: str) -> Path | None:
    wanted = current.files[name]
    with contextlib.suppress(store.BusyError, OSError), store.locked(generations.lock):
        for earlier in generations.earlier():
            if earlier.files.get(name) == wanted and earlier.whole(name):
                copy = current.path / f".{name}.mended"
                copy.unlink(missing_ok=True)
                store.copy(earlier.path / name, copy)
                copy.replace(current.path / name)
                store.sync(current.path)
                return earlier.path / name
    return None


def main(argv: list[str]) -> int:
    """Examine the folder; 0 where all is well, 1 where something was not."""
    os.nice(_NICE)
    found = False
    try:
        for damage in examine(Path(argv[1])):
            found = True
            sys.stdout.write(f"{damage}\n")
            sys.stdout.flush()
    except OSError as error:
        sys.stdout.write(f"{error.filename}: {error.strerror}\n")
        return 1
    return int(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
