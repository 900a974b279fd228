"""The public face of the room."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.database import cache, sources
from nacre.database.cache import Wanted
from nacre.database.sources import LoadError
from nacre.model.errors import DatabaseError
from nacre.model.switches import Switches
from nacre.signatures.types.cfg import setting
from nacre.signatures.types.crb import TYPE as CERTIFICATE_RULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nacre.database.record import Record
    from nacre.matching import Image

AnyPath = str | os.PathLike[str]

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Database:
    """Signatures, ready to be matched. Immutable; processes that have the same image share it.

    Example:
        >>> database = Database.open("/var/lib/clamav")
        >>> database.signatures
    """

    image: Image
    record: Record
    """What was compiled, file by file."""
    path: Path | None
    """Where the image is; None when it could not be kept."""
    warnings: tuple[str, ...] = ()
    """What was left out of the given paths, and why."""

    @classmethod
    def open(
        cls,
        paths: AnyPath | Iterable[AnyPath],
        *,
        strict: bool = False,
        pua: bool = False,
        certificates: bool = True,
        anew: bool = False,
    ) -> Database:
        """Open the signatures in files and folders; compiles them unless that was done before.

        Args:
            paths: signature files, containers, or folders of them, in load order.
            strict: a malformed line is an error (it is skipped and recorded otherwise).
            pua: with `strict`, also in files of potentially unwanted applications.
            certificates: with `strict`, also in rules about certificates; a warning otherwise.
            anew: compile even if there is a current image.

        Raises:
            DatabaseError: a path is missing, a container damaged, or a line malformed in `strict`.
        """
        given = _paths(paths)
        database = cls._open(given, cache.folders(given), anew=anew)
        if not strict:
            return database
        skipped = tuple(_malformed(database.record, pua=pua, certificates=certificates))
        return replace(database, warnings=database.warnings + skipped)

    @classmethod
    def ahead(cls, folder: Path, coming: Path, going: Iterable[str]) -> Database:
        """What `folder` will hold when the files in `coming` are in it, compiled for that moment.

        A scanner with `canaries` finds those of `compiler.CANARIES` with it. Images of what is in
        the folder now stay, until `settle` is called.

        Args:
            folder: the database folder.
            coming: another folder, on the same file system.
            going: names of files in `folder` that will be gone.

        Raises:
            DatabaseError: that cannot be compiled, or the image not be kept.
        """
        given = _paths(folder)
        found = sources.foreseen(given[0], coming, going)
        opened = cache.make_ahead(Wanted(given, found.files), cache.folders(given))
        if opened is None:
            raise DatabaseError(f"{folder}: no folder for signature images can be written")
        return cls(opened.image, opened.record, opened.path, found.warnings)

    @classmethod
    def alone(cls, folder: Path) -> Database:
        """What is in `folder`, with canaries, for this process only.

        Raises:
            DatabaseError: it cannot be compiled.
        """
        given = _paths(folder)
        opened = cache.make_private(Wanted(given, sources.find(given).files), canaries=True)
        return cls(opened.image, opened.record, opened.path)

    @classmethod
    def settle(cls, folder: Path) -> None:
        """Compile what is in `folder` unless that was done ahead, and remove older images.

        Raises:
            DatabaseError: it cannot be compiled.
        """
        cls.open(folder)
        given = _paths(folder)
        wanted = Wanted(given, sources.find(given).files)
        opened = cache.current(wanted, cache.folders(given))
        if opened is not None:
            cache.remove_others(opened, wanted)

    @classmethod
    def ready(cls, paths: AnyPath | Iterable[AnyPath]) -> Database | None:
        """The database if its image is compiled and current; compiles nothing.

        Raises:
            DatabaseError: a path is missing, or there is nothing to load.
        """
        given = _paths(paths)
        found = sources.find(given)
        opened = cache.current(Wanted(given, found.files), cache.folders(given))
        if opened is None:
            return None
        return cls(opened.image, opened.record, opened.path, found.warnings)

    @classmethod
    def last(cls, paths: AnyPath | Iterable[AnyPath], *, strict: bool = False) -> Database | None:
        """What was compiled of these paths last, for when they cannot be loaded any more.

        Args:
            paths: as for `open`.
            strict: not if there are malformed lines in it.
        """
        given = _paths(paths)
        opened = cache.latest(given, cache.folders(given), lambda record: _sound(record, strict))
        return None if opened is None else cls(opened.image, opened.record, opened.path)

    @property
    def folders(self) -> frozenset[tuple[int, int]]:
        """Device and inode of the folders that hold images: these alert on themselves."""
        images = () if self.path is None else (self.path.parent,)
        return frozenset(
            (status.st_dev, status.st_ino)
            for folder in (*images, *cache.cache_folders())
            if (status := _status(folder)) is not None
        )

    def switches(self, *, official_only: bool = False) -> Switches:
        """Which parts of the engine the database leaves on.

        Of loose files `daily.cfg` counts also where only official signatures do, as in ClamAV.
        """
        return Switches.after(
            setting(line.text)
            for line in self.image.kept("cfg")
            if line.official or not official_only or line.file.lower() == "daily.cfg"
        )

    @classmethod
    def builtin(cls) -> Database:
        """The built-in test signatures."""
        return cls._open((sources.BUILTIN,), cache.cache_folders(), anew=False)

    @property
    def signatures(self) -> int:
        """How many signatures there are."""
        return self.record.signatures

    @classmethod
    def _open(cls, paths: tuple[Path, ...], folders: tuple[Path, ...], *, anew: bool) -> Database:
        for _ in range(_ATTEMPTS):
            found = sources.find(paths)
            wanted = Wanted(paths, found.files)
            opened = None if anew else cache.current(wanted, folders)
            if opened is None:
                opened = cache.make(wanted, folders, anew=anew)
                if sources.find(paths).files != found.files:
                    continue
            return cls(opened.image, opened.record, opened.path, found.warnings)
        raise DatabaseError("the database changes while it is read")


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at sources and image found; no problem means the image is as it should be."""

    problems: tuple[str, ...]
    record: Record


def verify(paths: AnyPath | Iterable[AnyPath]) -> Verification:
    """Read all sources again and compare with the current image, which is not touched.

    Raises:
        DatabaseError: the sources themselves cannot be read.
    """
    given = _paths(paths)
    wanted = Wanted(given, sources.find(given).files)
    import tempfile  # noqa: PLC0415 - slow, and hardly ever needed

    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        fresh = cache.compile_to(wanted, Path(folder) / wanted.name)
    opened = cache.current(wanted, cache.folders(given))
    if opened is None:
        return Verification(("no current image: compile it with nacre db compile",), fresh)
    return Verification(tuple(_differences(opened.record, fresh)), fresh)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _sound(record: Record, strict: bool) -> bool:  # noqa: FBT001 - what a switch means
    return not strict or not any(file.malformed_count for file in record.files)


def _malformed(record: Record, *, pua: bool, certificates: bool) -> Iterator[str]:
    """Raise for the first malformed line; yield a warning for one in a file that is not used."""
    for source in record.sources:
        for file in source.files:
            if not file.malformed or file.forgiving or (file.pua and not pua):
                continue
            lines = [
                f"{_place(source.path, file.name)}:{line.line}: {line.reason}"
                for line in file.malformed
            ]
            if certificates or file.type != CERTIFICATE_RULE.name:
                raise LoadError(lines[0], f"Can't load {source.path}: Malformed database")
            yield from (f"malformed line skipped: {text}" for text in lines)


def _differences(kept: Record, fresh: Record) -> Iterable[str]:
    for old, new in zip(kept.sources, fresh.sources, strict=True):
        if old != new:
            yield f"{new.path}: the image does not hold what the file does"


def _paths(paths: AnyPath | Iterable[AnyPath]) -> tuple[Path, ...]:
    several = (paths,) if isinstance(paths, str | os.PathLike) else paths
    return tuple(Path(path).absolute() for path in several)


def _place(source: str, name: str) -> str:
    return source if Path(source).name == name else f"{source}!{name}"
