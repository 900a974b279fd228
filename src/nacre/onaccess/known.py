"""Files that were looked at, as they were then: nothing is scanned twice that did not change."""

from __future__ import annotations

import contextlib
import fcntl
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

MAX_KNOWN = 1 << 16
_TICK_NS = 20_000_000
"""More than the steps in which many file systems, and older kernels, count time."""

Identity = tuple[int, int, int, int, int]
"""Device, inode, times of the last change of inode and content, size."""


def identity(status: os.stat_result) -> Identity:
    """Of a file as it is now."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_ctime_ns,
        status.st_mtime_ns,
        status.st_size,
    )


def settled_by(file: Identity, moment: int) -> bool:
    """Whether a change after `moment` (ns) gives the file another identity.

    One within the same step of the clock as the last change does not.
    """
    return file[2] + _TICK_NS <= moment


@dataclass(slots=True)
class Known:
    """The verdicts of files; those that were asked for longest ago go first."""

    _verdicts: OrderedDict[Identity, str] = field(default_factory=OrderedDict)

    def get(self, file: Identity) -> str | None:
        """What was found in it, empty for nothing; None for a file that is not known."""
        verdict = self._verdicts.get(file)
        if verdict is not None:
            self._verdicts.move_to_end(file)
        return verdict

    def add(self, file: Identity, verdict: str) -> None:
        """Remember what was found, empty for nothing."""
        self._verdicts[file] = verdict
        if len(self._verdicts) > MAX_KNOWN:
            self._verdicts.popitem(last=False)

    def clear(self) -> None:
        """Forget all: there are other signatures now."""
        self._verdicts.clear()


def nobody_writes(descriptor: int) -> bool:
    """Whether nobody has the file open, or mapped, for writing now.

    A store through a mapping changes no time of the file when the page was written before. The
    kernel gives a lease for reading only to files without writers (fcntl(2)), and it is given back
    at once.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError:
        return False
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True
