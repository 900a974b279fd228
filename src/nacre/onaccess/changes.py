"""What changed since some time, when nobody was told."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def changed_since(folder: Path, since: float) -> list[bytes]:
    """Files below `folder`, on its file system, that may have changed or come after `since`.

    A folder that was moved has a new time itself, but what is in it has not.
    """
    found: list[bytes] = []
    device = folder.stat().st_dev
    waiting = [(os.fsencode(folder), False)]
    while waiting:
        place, moved = waiting.pop()
        try:
            entries = list(os.scandir(place))
        except OSError:
            continue
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                new = moved or status.st_ctime >= since
                if entry.is_file(follow_symlinks=False):
                    found += [entry.path] if new else []
                elif entry.is_dir(follow_symlinks=False) and status.st_dev == device:
                    # With new content, too, it is more likely that only that is new.
                    waiting.append((entry.path, moved or (new and status.st_mtime < since)))
    return found
