"""The façade over the native watch: asked before files are opened (fanotify(7))."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from nacre import _native
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from pathlib import Path


class WatchError(NacreError):
    """The kernel does not let us watch; says why."""


class Place(Enum):
    """On what a mark is."""

    FILESYSTEM = "filesystem"
    MOUNT = "mount"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody opens a file, or did."""

    id: int
    descriptor: int
    """Of the file, which is whoever took the question to close."""
    pid: int
    executing: bool
    """Whether it is to be run."""
    written: bool
    """Whether it was just written and closed, or moved."""
    waiting: bool
    """Whether the answer counts."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the watch began."""

    asked: int
    own: int
    """Of this process and those below it, which are never kept waiting."""
    overdue: int
    """Answered by policy, because nobody did in time."""
    overflows: int
    """Times that more happened than is kept, by the kernel or here."""
    waiting: int
    """Now."""


_REASONS = {
    errno.EPERM: "only root may (CAP_SYS_ADMIN)",
    errno.ENOSYS: "the kernel has no fanotify",
    errno.EINVAL: "the kernel has none with permissions (CONFIG_FANOTIFY_ACCESS_PERMISSIONS)",
    errno.EMFILE: "too many watches (fs.fanotify.max_user_groups)",
}


class Watch:
    """Asks; and answers by itself when nobody does in time."""

    def __init__(
        self,
        *,
        prevention: bool,
        patience: float,
        deny: bool,
        written: bool = False,
        moved: bool = False,
    ) -> None:
        """Begin to listen.

        Args:
            prevention: whether openers wait; otherwise one is only told.
            patience: seconds that they wait at most.
            deny: what they get after that.
            written: whether one is only told of what was written.
            moved: whether one is told, too, of what is moved to where `mark_moves` says.

        Raises:
            WatchError: the kernel does not allow it.
        """
        try:
            news = ["written"] * written + ["moved"] * moved
            self._native = _native.Watch(prevention, round(patience * 1000), deny, news)
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, error.strerror)
            raise WatchError(f"fanotify: {reason}") from error

    def fileno(self) -> int:
        """The descriptor that can be read when there are questions."""
        return self._native.fileno()

    def mark(self, path: Path, place: Place) -> None:
        """Have what is opened there asked for; raises OSError."""
        self._native.mark(str(path), place.value)

    def mark_tree(self, path: Path) -> int:
        """Mark a folder and all below it on its file system, one by one; how many. Raises OSError.

        Folders that are made later are followed; what is opened in one before that is missed.
        """
        return self._native.mark_tree(str(path))

    def mark_moves(self, path: Path) -> None:
        """Be told of what is moved to anywhere on the file system of `path`; raises OSError.

        Files, those below folders, and those that get a further name. Where folders are marked one
        by one they do that already.
        """
        self._native.mark_moves(str(path))

    def take(self, room: int) -> list[Question]:
        """What came, some at a time; the descriptor is readable again when there is more.

        Of what nobody waits for at most `room`.
        """
        return [Question(*fields) for fields in self._native.take(room)]

    def answer(self, question: Question, *, allow: bool) -> bool:
        """Let whoever asked go on, or not; False when somebody answered before."""
        return self._native.answer(question.id, allow)

    def settle(self, descriptor: int) -> None:
        """Ask for this file no more until it changes, but when it is run; raises OSError."""
        self._native.settle(descriptor)

    def unsettle(self, descriptor: int) -> None:
        """Ask for it again; raises OSError."""
        self._native.unsettle(descriptor)

    def forget(self) -> None:
        """Ask for all files again that were settled; raises OSError."""
        self._native.forget()

    @property
    def counters(self) -> Counters:
        """What happened so far."""
        return Counters(*self._native.counters())
