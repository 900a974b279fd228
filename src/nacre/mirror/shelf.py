"""What is served under a name: where it lies, what is said of its age, and small ones in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.mirror.tree import Tree, is_immutable

if TYPE_CHECKING:
    import os
    from pathlib import Path

SMALL = 1 << 20
"""Bytes up to which a file is kept in memory."""
MAX_KEPT = 64 << 20

FOREVER = "public, max-age=31536000, immutable"
"""Of names that never have other bytes (RFC 8246)."""
ASK = "no-cache"
"""Of all others: kept by caches, but asked for each time whether they changed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file as it is now."""

    path: Path
    """Where its bytes are, not the link to it: that may lead elsewhere in a moment."""
    size: int
    modified: int
    """Seconds since 1970."""
    etag: str
    caching: str
    """Of `Cache-Control`."""
    content: bytes | None
    """None for what is large."""


@dataclass(slots=True)
class Shelf:
    """Files of a tree."""

    tree: Tree
    _kept: OrderedDict[str, Item] = field(default_factory=OrderedDict)
    _size: int = 0

    def get(self, name: str) -> Item | None:
        """The file of this name; None for none."""
        path = self.tree.file(name)
        if path is None:
            return None
        try:
            resolved = path.parent / path.readlink() if path.is_symlink() else path
            status = resolved.stat()
        except OSError:
            return None
        etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        kept = self._kept.get(name)
        if kept is not None and (kept.etag, kept.path) == (etag, resolved):
            self._kept.move_to_end(name)
            return kept
        return self._keep(name, resolved, status, etag)

    def _keep(self, name: str, path: Path, status: os.stat_result, etag: str) -> Item | None:
        self._forget(name)
        content = None
        if status.st_size <= SMALL:
            try:
                content = path.read_bytes()
            except OSError:
                return None
            if len(content) != status.st_size:  # just replaced: the next request sees the new one
                etag = f'W/"{len(content):x}"'
        caching = FOREVER if is_immutable(name) else ASK
        item = Item(path, status.st_size, int(status.st_mtime), etag, caching, content)
        if content is not None:
            self._kept[name] = item
            self._size += len(content)
            while self._size > MAX_KEPT:
                self._forget(next(iter(self._kept)))
        return item

    def _forget(self, name: str) -> None:
        item = self._kept.pop(name, None)
        if item is not None and item.content is not None:
            self._size -= len(item.content)
