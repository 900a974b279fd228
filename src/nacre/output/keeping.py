"""What stays of the scan of one file: what was taken out of it, and metadata about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nacre.output.leavings import Leavings
from nacre.output.members import Tree
from nacre.output.metadata import metadata, write_metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacre.engine.watch import Watch
    from nacre.model.verdict import Report


class Keeping:
    """`directory` is where it stays, None for nowhere; `json`: whether there is metadata."""

    def __init__(self, path: bytes, directory: str | None, *, json: bool) -> None:
        self._path = path
        self._leavings = None if directory is None else Leavings(Path(directory), path)
        self._tree = Tree() if json else None

    @property
    def watches(self) -> tuple[Watch, ...]:
        """What has to watch the scan."""
        return tuple(watch for watch in (self._tree, self._leavings) if watch is not None)

    @property
    def trouble(self) -> str:
        """Why not everything was left that should be; empty when it was."""
        error = None if self._leavings is None else self._leavings.error
        return "" if error is None else f"Can't leave what was extracted: {error.strerror or error}"

    def finish(self, report: Report, digest: Callable[[], str]) -> str | None:
        """The metadata, which is now left as well; `digest` gives the file's SHA-256.

        Raises:
            OSError: it cannot be left.
        """
        if self._tree is None:
            return None
        text = metadata(report, self._path, digest(), self._tree.root)
        if self._leavings is not None:
            write_metadata(self._leavings.folder(), text)
        return text
