"""The folder that a mirror serves, as it is or by a plain web server.

::

    daily-27999.cvd  daily-27998.cld  daily-27999.cdiff    never have other bytes under these names
    daily.cvd -> daily-27980.cvd                           the newest that is signed as a whole
    daily.cld -> daily-27999.cld                           what steps led to, if it is newer
    mine.ndb -> mine-0f3a91c2f1c7be01.ndb                  a loose file of one's own
    listing.txt  dns.txt                                   what is here, and when that was true
    .work/                                                 the mirror's own database folder

Every file has its bytes before it has its name. Versions that are no longer listed stay for a
while, for clients that read the listing before.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.feed.listing import NAME, Entry, Listing, parse, versioned
from nacre.model.errors import ProtocolError
from nacre.transport import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

DNS = "dns.txt"
CDIFF = ".cdiff"
CONTAINERS = (".cvd", ".cld", ".cud")

_VERSIONED = re.compile(
    r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_+@]{0,99})-(?P<version>[0-9]{1,9})"
    r"(?P<suffix>\.(?:cvd|cld|cud|cdiff)(?:\.sign)?)",
    re.ASCII,
)
_DIGESTED = re.compile(r"[A-Za-z0-9_][\w.+@-]{0,150}-[0-9a-f]{16}\.[a-z0-9]{1,5}", re.ASCII)
_SERVED = re.compile(r"[A-Za-z0-9_][\w.+@-]{0,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Version:
    """A file that is never changed."""

    database: str
    number: int
    suffix: str

    @property
    def beside(self) -> bool:
        """Whether it belongs to a container: a cdiff, or a signature."""
        return self.suffix == CDIFF or self.suffix.endswith(".sign")


def version_of(name: str) -> Version | None:
    """What a name says, such as ``daily-27999.cdiff``; None for other names."""
    match = _VERSIONED.fullmatch(name)
    return match and Version(match["name"], int(match["version"]), match["suffix"])


def is_immutable(name: str) -> bool:
    """Whether a file of this name never has other bytes."""
    return version_of(name) is not None or _DIGESTED.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Tree:
    """One such folder. Whoever changes something holds `lock`."""

    root: Path

    @property
    def work(self) -> Path:
        """The database folder that is kept up to date."""
        return self.root / ".work"

    @property
    def lock(self) -> Path:
        """The file that is locked while something changes."""
        return self.root / ".lock"

    def listing(self) -> Listing | None:
        """What was listed last; None for nothing, or nothing that can be read."""
        try:
            return parse((self.root / NAME).read_bytes())
        except (OSError, ProtocolError):
            return None

    def file(self, name: str) -> Path | None:
        """The file that is served under `name`; None for none."""
        if not _SERVED.fullmatch(name):
            return None
        path = self.root / name
        return path if path.is_file() else None

    def versions(self, database: str, suffixes: Iterable[str]) -> list[tuple[int, str]]:
        """The versions that are here, with the names of their files, the oldest first."""
        wanted = set(suffixes)
        found = ((version_of(name), name) for name in self._names())
        return sorted(
            (version.number, name)
            for version, name in found
            if version and version.database == database and version.suffix in wanted
        )

    def first_step(self, database: str, version: int) -> int:
        """What the oldest cdiff leads to from which there is no gap to `version`; 0 for none."""
        have = {number for number, _ in self.versions(database, (CDIFF,))}
        first = version
        while first in have:
            first -= 1
        return 0 if first == version else first + 1

    def put(
        self, source: Path, name: str, seconds: int | None = None, listed: str | None = None
    ) -> Path:
        """Have a copy of `source` under a name that never has other bytes; raises OSError.

        Args:
            source: the file.
            name: the name.
            seconds: what is said to be its age, since 1970; that of `source` where it is None.
            listed: the digest that was published; a file that still has it stays, whatever
                `source` is. Any other is damaged, and replaced.
        """
        path = self.root / name
        if path.exists() and digest(path) == (listed or digest(source)):
            return path
        temporary = self.root / f".{name}.new"
        temporary.unlink(missing_ok=True)
        store.copy(source, temporary)
        if seconds is not None:
            os.utime(temporary, (seconds, seconds))
        temporary.replace(path)
        store.sync(self.root)
        return path

    def point(self, name: str, target: str | None) -> None:
        """Have `name` lead to `target`, or to nothing; raises OSError."""
        path = self.root / name
        if target is None:
            path.unlink(missing_ok=True)
        elif not (path.is_symlink() and str(path.readlink()) == target):
            store.link(path, target)

    def entry(self, database: str, version: int, suffix: str, old: Entry | None) -> Entry:
        """What the listing says of a container; `old` saves reading it once more."""
        file = versioned(database, version, suffix)
        first = self.first_step(database, version)
        if old is not None and old.file == file:
            return Entry(version, file, old.size, old.sha256, first)
        path = self.root / file
        return Entry(version, file, path.stat().st_size, digest(path), first)

    def prune(self, keep: set[str]) -> None:
        """Remove what never changes and is not to be kept; raises OSError."""
        for name in self._names():
            if is_immutable(name) and name not in keep:
                (self.root / name).unlink(missing_ok=True)

    def _names(self) -> Iterator[str]:
        for path in self.root.iterdir():
            if _SERVED.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                yield path.name


def digest(path: Path) -> str:
    """SHA-256 in hex; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
