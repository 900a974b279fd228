"""Which files a database is made of, and in which order they are loaded.

Ignore lists come first and daily before the rest, because what is ignored must be known before it
would be loaded. Within one rank a folder is taken in the order of names, where ClamAV takes it as
the file system has it.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import DatabaseError
from nacre.signatures import CONTAINERS, suffix_of, type_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

BUILTIN = Path(__file__).absolute().parent / "builtin"
"""Test signatures that are always there."""


class LoadError(DatabaseError):
    """A database that cannot be loaded; `detail` and `outcome` are what ClamAV says of it."""

    def __init__(self, message: str, detail: str = "", outcome: str = "Malformed database") -> None:
        self.detail = detail or message
        self.outcome = outcome
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Source:
    """One file to load, as it was when it was looked at."""

    path: Path
    size: int
    mtime_ns: int
    inode: int
    coming_from: Path | None = None
    """Where the file still is, when it is to be moved to `path`."""

    @property
    def content(self) -> Path:
        """Where its bytes are."""
        return self.coming_from or self.path

    @property
    def is_container(self) -> bool:
        """Whether it is a CVD, CLD or CUD."""
        return suffix_of(self.path.name) in CONTAINERS

    @property
    def official(self) -> bool:
        """A loose file whose names are reported as they are: one that comes with the program."""
        return self.path.parent == BUILTIN

    @property
    def identity(self) -> tuple[str, int, int, int]:
        """Changes whenever the file does."""
        return str(self.path), self.size, self.mtime_ns, self.inode


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that is loaded, in order, and what was said on the way."""

    files: tuple[Source, ...]
    warnings: tuple[str, ...]


def find(paths: Sequence[Path]) -> Sources:
    """The files that `paths`, files or folders, stand for.

    Raises:
        LoadError: a path is missing, or a folder holds nothing to load.
    """
    files: list[Source] = []
    warnings: list[str] = []
    for path in paths:
        status = _status(path)
        if stat.S_ISDIR(status.st_mode):
            found = _folder(path)
        elif _loadable(path.name):
            found = [_source(path, status)]
        elif suffix_of(path.name) == "info":
            raise LoadError(f"{path}: .info files can only be loaded from within containers")
        else:
            warnings.append(f"unknown extension - skipping {path}")
            continue
        files.extend(_without_old_twins(found, warnings))
    return Sources(tuple(files), tuple(warnings))


def foreseen(folder: Path, coming: Path, going: Iterable[str]) -> Sources:
    """What `folder` will stand for when the files in `coming` have been moved into it.

    Args:
        folder: the database folder.
        coming: another folder, on the same file system.
        going: names of files in `folder` that will be gone.

    Raises:
        LoadError: there is nothing to load.
    """
    new = {entry.name for entry in coming.iterdir()}
    gone = {*going, *new, *(name for file in new for name in _twin_names(file))}
    names = {entry.name: folder / entry.name for entry in folder.iterdir()}
    places = {name: path for name, path in names.items() if name not in gone}
    places |= {name: coming / name for name in new}
    found = []
    for name in sorted((name for name in places if _loadable(name)), key=lambda n: (_rank(n), n)):
        source = _entry(places[name])
        if source is not None and name in new:
            source = replace(source, path=(folder / name).absolute(), coming_from=source.path)
        if source is not None:
            found.append(source)
    if not found:
        raise _nothing_in(folder)
    return Sources(tuple(found), ())


def _twin_names(name: str) -> tuple[str, ...]:
    stem, _, suffix = name.rpartition(".")
    other = {"cvd": "cld", "cld": "cvd"}.get(suffix)
    return () if other is None else (f"{stem}.{other}",)


def official_files(folder: Path) -> list[Path]:
    """What ClamAV loads of a folder when only official signatures count.

    Raises:
        LoadError: there is nothing.
    """
    found = [source.path for source in _folder(folder) if _may_be_official(source.path.name)]
    if not found:
        raise _nothing_in(folder)
    return found


def _may_be_official(name: str) -> bool:
    lists = {"cvd", "cld", "ign", "ign2"}
    return suffix_of(name) in lists or name.lower() in {"daily.cfg", "local.gdb"}


def _nothing_in(folder: Path) -> LoadError:
    message = f"No supported database files found in {folder}"
    return LoadError(message, f"cli_loaddbdir: {message}", "Can't open file or directory")


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError as error:
        message = f"No such file or directory: {path}"
        raise LoadError(message, f"cl_load(): {message}", "Can't get file status") from error
    except (OSError, ValueError) as error:
        message = f"{path}: {getattr(error, 'strerror', None) or error}"
        raise LoadError(message, outcome="Can't get file status") from error


def _folder(path: Path) -> list[Source]:
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise LoadError(
            f"{path}: {error.strerror}", outcome="Can't open file or directory"
        ) from error
    names = [name for name in names if _loadable(name)]
    names.sort(key=_rank)
    found = [source for name in names if (source := _entry(path / name))]
    if not found:
        raise _nothing_in(path)
    return found


def _entry(path: Path) -> Source | None:
    """A file in a folder; None for what only has a database's name (a folder, a dangling link)."""
    try:
        status = path.stat()
    except OSError:
        return None
    return None if stat.S_ISDIR(status.st_mode) else _source(path, status)


def _source(path: Path, status: os.stat_result) -> Source:
    if not stat.S_ISREG(status.st_mode):
        raise LoadError(f"{path}: not a regular file")
    return Source(path.absolute(), status.st_size, status.st_mtime_ns, status.st_ino)


def _loadable(name: str) -> bool:
    known = type_of(name)
    return suffix_of(name) in CONTAINERS or (known is not None and known.loose)


def _rank(name: str) -> int:
    """Place in the load order of a folder."""
    lower = name.lower()
    suffix = suffix_of(name)
    if suffix in {"ign", "ign2"}:
        return 1
    first = {"daily.cld": 2, "daily.cvd": 3, "local.gdb": 4, "daily.cfg": 5}
    return first.get(lower, 6 if suffix == "crb" else 7)


def _without_old_twins(files: Iterable[Source], warnings: list[str]) -> list[Source]:
    """Leave out a container whose twin (x.cvd, x.cld) is newer; of equal ones, the cvd."""
    kept = []
    for source in files:
        twin = _twin(source.path)
        if twin is None or not _older(source.path, twin):
            kept.append(source)
        elif source.path.stem.lower() != "daily":
            pair = sorted((source.path, twin), reverse=True)
            warnings.append(
                f"Detected duplicate databases {pair[0]} and {pair[1]}, "
                "please manually remove one of them"
            )
    return kept


def _twin(path: Path) -> Path | None:
    suffix = path.suffix.lower()
    other = {".cvd": ".cld", ".cld": ".cvd"}.get(suffix)
    if other is None or (suffix == ".cld" and path.stem.lower() != "daily"):
        return None
    twin = path.with_suffix(other)
    return twin if twin.is_file() else None


def _older(path: Path, twin: Path) -> bool:
    """Whether `path` gives way to `twin`: a cvd also when both are of one version."""
    from nacre.cvd import Container  # noqa: PLC0415 - slow to import, and few have both

    own, other = (Container.open(file).header.version for file in (path, twin))
    return own < other or (own == other and path.suffix.lower() == ".cvd")
