"""`.sign` files: fetched beside what they are of where certificates are trusted, and kept.

A database that nothing else vouches for is verified again whenever the folder is put together anew,
so those of the last versions stay.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from nacre.cvd import Container
from nacre.cvd.signer import signature_of
from nacre.transport import store
from nacre.transport.http import Request
from nacre.updater.source import RefusedError, get_file

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.output.freshclam import Teller
    from nacre.updater.options import Options

MAX_SIGNATURES = 1 << 20
"""Bytes of one such file."""

_FOLDER = "signatures"
_KEPT = 6


@dataclass(frozen=True, slots=True)
class Signatures:
    """Those in one folder, which need not exist."""

    folder: Path
    options: Options
    teller: Teller

    def fetch(self, base: str, name: str) -> None:
        """Fetch the `.sign` file of this name below the address `base`, if there is one.

        Raises:
            FetchError, BlockedError: it could not be found out.
            OSError: the disk.
        """
        if self.options.keys.authorities is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        path = self.folder / name
        path.unlink(missing_ok=True)
        url = f"{base}/{name}"
        try:
            if urlsplit(url).scheme == "file":
                _copy(unquote(urlsplit(url).path), path)
            else:
                get_file(Request(url, MAX_SIGNATURES), path, self.options.terms)
        except RefusedError as error:
            self.teller.verbose(str(error))

    def container(self, path: Path, base: str) -> bool:
        """Fetch that of a `.cvd` from the same place; whether certificates count for this file.

        The oldest of the same database go.

        Raises:
            DatabaseError: it is no container.
            FetchError, BlockedError: it could not be found out.
            OSError: the disk.
        """
        if self.options.keys.authorities is None or path.suffix != ".cvd":
            return False
        name = signature_of(path, Container.open(path).header.version).name
        self.fetch(base, name)
        database, _, _ = name.partition("-")
        found = [each for each in self.folder.iterdir() if each.name.startswith(f"{database}-")]
        found.sort(key=lambda each: each.stat().st_mtime_ns)
        for each in found[:-_KEPT]:
            each.unlink()
        return True


def kept_for(candidate: Path) -> Path:
    """Where the `.sign` files of what is in a candidate are kept."""
    return candidate.parent / _FOLDER


def keep(source: Path, candidate: Path) -> None:
    """Keep those that came with a candidate from the folder `source`; raises OSError."""
    kept = kept_for(candidate)
    for name in _names(candidate):
        if (source / name).is_file():
            kept.mkdir(exist_ok=True, mode=0o755)
            (kept / name).unlink(missing_ok=True)
            store.copy(source / name, kept / name)


def show(directory: Path, candidate: Path) -> None:
    """Have those of a candidate in the database folder, before it is used: ClamAV 1.5 looks there.

    They are links; that of the version before stays as long as the file that it leads to.

    Raises:
        OSError: the folder cannot be written.
    """
    kept = kept_for(candidate)
    for name in _names(candidate):
        if (kept / name).is_file():
            store.link(directory / name, f"{kept.parent.name}/{_FOLDER}/{name}")
    for link in directory.glob("*.cvd.sign"):
        if link.is_symlink() and link.readlink().parts[-2:-1] == (_FOLDER,) and not link.exists():
            link.unlink()


def _names(candidate: Path) -> list[str]:
    """What the `.sign` files of a candidate are called."""
    return [
        signature_of(path, Container.open(path).header.version).name
        for path in sorted(candidate.glob("*.cvd"))
    ]


def _copy(source: str, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise RefusedError(f"{source}: {error.strerror}") from error
