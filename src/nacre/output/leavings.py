"""`--leave-temps`: what a scan takes out of a file, left in files of their own.

Layout: in the folder for temporary files, one folder for each scanned file, named as ClamAV names
it (``<date>_<time>-<file name>.<ten digits>``); in it ``000001-<name>``, numbered in the order of
the scan, the normalised copies of HTML among them. ClamAV nests folders, and leaves nothing of
what it can scan in place. A member's name never makes a path: what is no letter, digit, dot or
hyphen becomes ``_``.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import ConfigError
from nacre.model.layer import Role
from nacre.output.metadata import NEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.model.event import Metadata
    from nacre.model.fmap import Fmap
    from nacre.model.layer import Layer

_LEFT = frozenset({Role.MEMBER, Role.CARVED, Role.VIEW, Role.MACROS})
"""The other roles are other looks at bytes that are somewhere already."""
_LONGEST_NAME = 60
_LONGEST_FOLDER = 100
"""Bytes; names of files may have 255 together with time and number."""
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
_PIECE = 1 << 20


def new_folder(directory: Path, path: bytes) -> Path:
    """A new folder for what is left of the scan of `path`; raises OSError."""
    name = os.fsdecode(path.rsplit(b"/", 1)[-1][:_LONGEST_FOLDER])
    folder = directory / f"{time.strftime('%Y%m%d_%H%M%S')}-{name}.{os.urandom(5).hex()}"
    folder.mkdir(mode=0o700)
    return folder


@contextmanager
def run_folder(directory: str) -> Iterator[Path]:
    """A new folder for what a whole run leaves; goes in the end if that was nothing.

    Raises:
        ConfigError: it cannot be made.
    """
    import tempfile  # noqa: PLC0415 - slow, and few runs need it

    try:
        folder = Path(tempfile.mkdtemp(prefix="nacre-scan-", dir=directory))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"--leave-temps: no folder in {directory}: {reason}") from error
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):  # something is in it
            folder.rmdir()


class Leavings:
    """Watches a scan and writes what it takes out."""

    def __init__(self, directory: Path, path: bytes) -> None:
        self._directory = directory
        self._path = path
        self._folder: Path | None = None
        self._count = 0
        self.error: OSError | None = None
        """Why nothing more is written."""

    def folder(self) -> Path:
        """Where it all goes, made now if there was no need before; raises OSError."""
        if self._folder is None:
            self._folder = new_folder(self._directory, self._path)
        return self._folder

    def enter(self, layer: Layer) -> None:
        """Write the layer, unless it is the file itself."""
        if layer.parent is None or layer.role not in _LEFT or self.error is not None:
            return
        self._count += 1
        try:
            _write(self.folder() / f"{self._count:06}-{_safe(layer.name)}", layer.data)
        except OSError as error:
            self.error = error

    def found(self, layer: Layer, name: str) -> None:
        """Nothing to write."""

    def fact(self, layer: Layer, fact: Metadata) -> None:
        """Nothing to write."""

    def leave(self, layer: Layer) -> None:
        """Nothing to write."""


def _safe(name: bytes) -> str:
    last = re.split(rb"[/\\]", name)[-1].decode("utf-8", "replace")
    return _UNSAFE.sub("_", last[:_LONGEST_NAME]) or "data"


def _write(file: Path, data: Fmap) -> None:
    with os.fdopen(os.open(file, NEW, 0o600), "wb") as target:
        for at in range(0, len(data), _PIECE):
            target.write(data.read(at, _PIECE))
