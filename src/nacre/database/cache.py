"""Where compiled images are kept, and how the current one is found or made.

An image is named after its *place* (the paths that were given) and its *key* (the files as they
are: path, size, time and inode). It lies in `.nacre` inside the database folder when nobody but
root or the caller can change things there, otherwise in the user's cache folder; where neither can
be written, it is made for this process alone. A new image is written under a temporary name, synced
and renamed, and those of the same place with another key are removed: running scans keep the
mapping they began with.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.database.record import Record
from nacre.filetype import builtin_ftm
from nacre.matching import IMAGE_VERSION, Image
from nacre.model.errors import DatabaseError
from nacre.model.filetype import FileType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nacre.database.sources import Source

FOLDER = ".nacre"
SUFFIX = ".image"
FORMAT = 2
"""Raised when the same sources have to be compiled anew although no image changed its format."""
MAX_KEPT = 32
"""Images in a cache folder; the longest unused go first."""

_TEMPORARY = ".tmp"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Wanted:
    """The image of certain files as they are now."""

    paths: tuple[Path, ...]
    """As they were given, made absolute."""
    sources: tuple[Source, ...]

    @property
    def place(self) -> str:
        """Identifies what was given."""
        return _digest([str(path) for path in self.paths])[:16]

    @property
    def key(self) -> str:
        """Identifies the files as they are."""
        identities = [source.identity for source in self.sources]
        file_types = [file_type.value for file_type in FileType]
        magic = builtin_ftm().decode("ascii")
        return _digest([IMAGE_VERSION, FORMAT, file_types, magic, identities])

    @property
    def name(self) -> str:
        """File name of the image."""
        return f"{self.place}-{self.key[:32]}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Opened:
    """An image in use, and what it was compiled from."""

    image: Image
    record: Record
    path: Path | None
    """None for an image that only this process has."""


def compile_to(wanted: Wanted, path: Path, *, canaries: bool = False) -> Record:
    """Compile what is wanted into a new file."""
    # Scans nearly always find an image, and importing this takes a tenth of their start-up.
    from nacre.database.compiler import compile_image  # noqa: PLC0415

    return compile_image(wanted.sources, wanted.key, path, canaries=canaries)


def folders(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Where an image of `paths` may be, the best place first."""
    own = cache_folders()
    if len(paths) == 1 and paths[0].is_dir():
        return (paths[0] / FOLDER, *own)
    return own


def cache_folders() -> tuple[Path, ...]:
    """The user's own folder for images, where there is one."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:  # a user without a home
            return ()
    return (base / "nacre",)


def current(wanted: Wanted, places: Sequence[Path]) -> Opened | None:
    """The current image, when there is a usable one."""
    for place in places:
        opened = _open(place / wanted.name, wanted.key)
        if opened:
            return opened
    return None


def latest(
    paths: Sequence[Path], places: Sequence[Path], good: Callable[[Record], bool]
) -> Opened | None:
    """The last `good` image that was made of `paths`, whatever has become of the files since."""
    place = Wanted(tuple(paths), ()).place
    found = (path for folder in places for path in folder.glob(f"{place}-*{SUFFIX}"))
    for path in sorted(found, key=_last_use, reverse=True):
        opened = _open(path, None)
        if opened and good(opened.record):
            return opened
    return None


def make(wanted: Wanted, places: Sequence[Path], *, anew: bool = False) -> Opened:
    """A new image, unless another process makes it in the meantime and `anew` is not asked for.

    Raises:
        DatabaseError: the sources cannot be compiled.
    """
    for place in places:
        if _prepare(place):
            return _make(wanted, place, anew=anew)
    return make_private(wanted)


def make_ahead(wanted: Wanted, places: Sequence[Path]) -> Opened | None:
    """The image of files that are not in their place yet, with canaries; others of them stay.

    None where no folder can be written. Once the files are in their place, `remove_others`.

    Raises:
        DatabaseError: the sources cannot be compiled.
    """
    for place in places:
        if _prepare(place):
            with _locked(place / f"{wanted.place}.lock"):
                return _written(wanted, place, canaries=True)
    return None


def remove_others(opened: Opened, wanted: Wanted) -> None:
    """Remove the images that `opened` takes the place of, where it is the current one."""
    if opened.path is not None:
        with _locked(opened.path.parent / f"{wanted.place}.lock"):
            _remove_others(opened, wanted)


def _make(wanted: Wanted, place: Path, *, anew: bool) -> Opened:
    with _locked(place / f"{wanted.place}.lock"):
        # Whoever held the lock may just have made it.
        found = None if anew else _open(place / wanted.name, wanted.key)
        if found:
            return found
        made = _written(wanted, place, canaries=False)
        _remove_others(made, wanted)
    return made


def _written(wanted: Wanted, place: Path, *, canaries: bool) -> Opened:
    path = place / wanted.name
    temporary = path.with_suffix(_TEMPORARY)
    temporary.unlink(missing_ok=True)
    try:
        compile_to(wanted, temporary, canaries=canaries)
        temporary.chmod(0o644)  # whatever the umask: what others can write is not trusted
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(place)
    made = _open(path, wanted.key)
    if made is None:
        raise DatabaseError(f"{path}: a new signature image cannot be used")
    return made


def make_private(wanted: Wanted, *, canaries: bool = False) -> Opened:
    """The image for this process only.

    Raises:
        DatabaseError: the sources cannot be compiled.
    """
    import tempfile  # noqa: PLC0415 - slow, and hardly ever needed

    with tempfile.TemporaryDirectory(prefix="nacre-") as folder:
        path = Path(folder) / wanted.name
        record = compile_to(wanted, path, canaries=canaries)
        return Opened(Image.open(path), record, None)


def _open(path: Path, key: str | None) -> Opened | None:
    """The image at `path`, unless it cannot be used or has another key than is asked for."""
    try:
        image = Image.open(path)
        record = Record.from_json(image.metadata())
    except DatabaseError as error:
        import logging  # noqa: PLC0415 - slow to import, and hardly ever needed

        logging.getLogger(__name__).debug("not using %s: %s", ascii(str(path)), error)
        return None
    if key is not None and record.key != key:
        return None
    _mark_used(path)
    return Opened(image, record, path)


def _prepare(folder: Path) -> bool:
    """Whether images can be kept in `folder`, which is made when its parent allows it.

    A folder that another user could swap would let that user choose what we write to.
    """
    try:
        if folder.name == FOLDER and not _is_private(folder.parent):
            return False
        folder.mkdir(mode=0o755, parents=folder.name != FOLDER, exist_ok=True)
        return _is_private(folder) and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    owned = status.st_uid in {0, os.geteuid()}
    return stat.S_ISDIR(status.st_mode) and owned and not status.st_mode & _OTHERS_WRITE


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock at `path`; waits for whoever has it. The file stays, the lock ends with us."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _mark_used(path: Path) -> None:
    """Note the use, for the choice of what goes when a cache is full."""
    try:
        os.utime(path)
    except OSError:
        import logging  # noqa: PLC0415 - slow to import, and hardly ever needed

        logging.getLogger(__name__).debug("cannot touch %s", ascii(str(path)))


def _remove_others(opened: Opened, wanted: Wanted) -> None:
    """Remove images that are older; who is strict may want the one before a broken one."""
    if opened.path is None:
        return
    keep = 1 if any(file.malformed_count for file in opened.record.files) else 0
    folder = opened.path.parent
    images = [path for path in folder.glob(f"*{SUFFIX}") if path.name != wanted.name]
    images.sort(key=_last_use, reverse=True)
    stale = [path for path in images if path.name.startswith(f"{wanted.place}-")]
    others = [path for path in images if path not in stale]
    for path in (*stale[keep:], *others[MAX_KEPT:]):
        path.unlink(missing_ok=True)


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode("utf-8", "surrogatepass")).hexdigest()
