"""Generations of databases in one folder; docs/design/generations.md says why.

::

    daily.cld -> .nacre/current/daily           what every program opens
    mine.ndb -> .nacre/current/mine.ndb
    .nacre/current -> generation-7              the one link that is switched
    .nacre/generation-7/daily.cld
    .nacre/generation-7/daily -> daily.cld      so that a name may change apart from the content
    .nacre/generation-7/manifest.json
    .nacre/generation-6/ ...

Files of others in the folder are left alone, but for those of the same name as ours: what ClamAV's
own updater put there is taken into the next generation.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from nacre.model.errors import DatabaseError
from nacre.transport import store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER = ".nacre"
KEPT = 2
"""Generations before the current one that stay."""

_CURRENT = "current"
_CANDIDATE = "candidate"
_MANIFEST = "manifest.json"
_MAX_MANIFEST = 1 << 20
_NUMBERED = re.compile(r"generation-([0-9]{1,9})", re.ASCII)
_CONTAINERS = (".cvd", ".cld")
_TWIN = {".cvd": ".cld", ".cld": ".cvd"}
_NAME = re.compile(r"[A-Za-z0-9_][\w.+@-]{0,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a generation."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Generation:
    """A folder of databases that belong together."""

    path: Path
    number: int
    files: Mapping[str, Entry]

    def whole(self, name: str) -> bool:
        """Whether the file is there with the bytes that it had; reads all of it."""
        try:
            return self.files.get(name) == _entry(self.path / name)
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Generations:
    """Those of one database folder. Whoever changes something holds `lock`."""

    directory: Path

    @property
    def home(self) -> Path:
        """Where they lie."""
        return self.directory / FOLDER

    @property
    def state(self) -> Path:
        """The file in which an updater remembers."""
        return self.home / "state.json"

    @property
    def lock(self) -> Path:
        """The file that is locked while something changes."""
        return self.home / "update.lock"

    def current(self) -> Generation | None:
        """The one in use; None where there is none that can be read."""
        try:
            target = (self.home / _CURRENT).readlink().name
        except OSError:
            return None
        return self._generation(target)

    def earlier(self) -> list[Generation]:
        """Those before the current one, the latest first."""
        current = self.current()
        if current is None:
            return []
        found = (self._generation(name) for name in self._names())
        earlier = [each for each in found if each is not None and each.number < current.number]
        return sorted(earlier, key=lambda each: each.number, reverse=True)

    def begin(self) -> Path:
        """A new empty folder to put the next generation together in.

        Raises:
            OSError: there can be none.
        """
        candidate = self.home / _CANDIDATE
        if candidate.exists():
            shutil.rmtree(candidate)
        candidate.mkdir(parents=True, mode=0o755)
        candidate.chmod(0o755)
        return candidate

    def activate(self, candidate: Path) -> Generation:
        """Make what is in the candidate the current generation, in one step.

        Raises:
            OSError: it cannot be; the one before is still in use.
        """
        files = {path.name: _entry(path) for path in sorted(candidate.iterdir()) if _ours(path)}
        text = {
            "made": int(time.time()),
            "files": {name: asdict(entry) for name, entry in files.items()},
        }
        for name in files:
            stem, dot, suffix = name.rpartition(".")
            if dot + suffix in _CONTAINERS:
                (candidate / stem).unlink(missing_ok=True)
                (candidate / stem).symlink_to(name)
            store.sync(candidate / name)
        store.write(candidate / _MANIFEST, json.dumps(text, indent=1).encode() + b"\n")
        current = self.current()
        if current is not None:  # what a killed updater left, or what was gone back from
            for name in [name for name in self._names() if _number(name) > current.number]:
                shutil.rmtree(self.home / name)
        number = 1 + max((_number(name) for name in self._names()), default=0)
        final = self.home / f"generation-{number}"
        candidate.rename(final)
        store.sync(self.home)
        generation = Generation(final, number, files)
        self._switch(generation)
        self._prune(number)
        return generation

    def rollback(self) -> Generation:
        """Make the generation before the current one current.

        Raises:
            DatabaseError: there is none that is whole.
            OSError: it cannot be.
        """
        for generation in self.earlier():
            if generation.files and all(generation.whole(name) for name in generation.files):
                self._switch(generation)
                return generation
        raise DatabaseError(f"{self.directory}: there is no whole generation before the current")

    def mend(self) -> None:
        """Finish what an updater that was killed had begun; raises OSError."""
        candidate = self.home / _CANDIDATE
        if candidate.exists():
            shutil.rmtree(candidate)
        current = self.current()
        if current is not None:
            self._link(current, adopt=False)

    def is_ours(self, path: Path) -> bool:
        """Whether a file in the folder is a link to the current generation."""
        try:
            return path.readlink().parts[:2] == (FOLDER, _CURRENT)
        except OSError:
            return False

    def leaving(self, candidate: Path) -> list[str]:
        """Names in the folder that will be gone when `candidate` is activated."""
        coming = {path.name for path in candidate.iterdir()}
        ours = (path.name for path in self.directory.iterdir() if self.is_ours(path))
        return [name for name in ours if name not in coming]

    def _switch(self, generation: Generation) -> None:
        for name in generation.files:
            path = self.directory / name
            twin = path.with_suffix(_TWIN.get(path.suffix, path.suffix))
            # A .cld may hold anything that a .cvd does, but not the reverse. So the name changes
            # first here, and in `_link`, after the content, for the way back.
            if path.suffix == ".cld" and self.is_ours(twin) and not path.exists():
                twin.rename(path)
        store.sync(self.directory)  # or a power loss may undo the names and not the switch
        store.link(self.home / _CURRENT, generation.path.name)
        self._link(generation, adopt=True)

    def _link(self, generation: Generation, *, adopt: bool) -> None:
        """Have every file of the generation in the folder, rightly named, and no others of ours.

        Regular files that are in the way are those of another updater: without `adopt` they stay.
        """
        for name in generation.files:
            path = self.directory / name
            twin = path.with_suffix(_TWIN.get(path.suffix, path.suffix))
            if not adopt and any(self._foreign(each) for each in (path, twin)):
                continue
            target = f"{FOLDER}/{_CURRENT}/{path.stem if path.suffix in _CONTAINERS else name}"
            if twin != path and self.is_ours(twin):
                twin.replace(path)
            if not (self.is_ours(path) and str(path.readlink()) == target):
                store.link(path, target)
            if twin != path:
                twin.unlink(missing_ok=True)
        for path in list(self.directory.iterdir()):
            if self.is_ours(path) and path.name not in generation.files:
                path.unlink()
        store.sync(self.directory)

    def _foreign(self, path: Path) -> bool:
        return path.exists() and not self.is_ours(path)

    def _prune(self, current: int) -> None:
        earlier = sorted((name for name in self._names() if _number(name) < current), key=_number)
        for name in earlier[:-KEPT]:
            shutil.rmtree(self.home / name, ignore_errors=True)

    def _names(self) -> Iterator[str]:
        for path in self.home.glob("generation-*"):
            if _NUMBERED.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
                yield path.name

    def _generation(self, name: str) -> Generation | None:
        path = self.home / name
        if not _NUMBERED.fullmatch(name):
            return None
        try:
            with (path / _MANIFEST).open("rb") as file:
                kept = json.loads(file.read(_MAX_MANIFEST))
            files = {
                str(key): Entry(int(value["size"]), str(value["sha256"]))
                for key, value in kept["files"].items()
                if _NAME.fullmatch(key)
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return Generation(path, _number(name), files)


def _ours(path: Path) -> bool:
    regular = path.is_file() and not path.is_symlink()
    return regular and path.name != _MANIFEST and _NAME.fullmatch(path.name) is not None


def _number(name: str) -> int:
    match = _NUMBERED.fullmatch(name)
    return int(match[1]) if match else 0


def _entry(path: Path) -> Entry:
    """Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Entry(file.tell(), digest)
