"""The walk itself.

Order, as ClamAV's: directory order, unsorted, each sub-directory in full when its name comes. No
recursion: the directories the walk is inside of stand on a stack. A directory is opened once and
checked to be the one that was met; its entries are looked at through its descriptor. Beyond
`MAX_OPEN` levels a directory is read to its end and closed before its entries are dealt with.

Loops: a directory that the walk is already inside of is not entered again, and no directory is
entered more often than `MAX_VISITS` times, however many links lead there.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.walk.event import (
    Directory,
    Event,
    Excluded,
    Gone,
    Reason,
    SymbolicLink,
    Target,
    Unreadable,
    Unsupported,
    join,
)
from nacre.walk.filesystem import proc_device, virtual_devices
from nacre.walk.plan import Follow, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OPEN = 64
"""Directories that are kept open at the same time."""

MAX_VISITS = 16
"""Times one directory is entered, through links, in one walk."""

_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A directory still to be visited."""

    path: bytes
    real: bytes
    identity: _Identity
    depth: int
    inside: frozenset[_Identity] = field(default_factory=frozenset)
    """Directories above it; kept only where links are followed."""
    link: bool = False


def visit(path: bytes, plan: Plan) -> Iterator[Event]:
    """Walk the argument `path`, a file or a directory, by the rules of `plan`."""
    return _Walk(path, plan).run()


class _Walk:
    def __init__(self, path: bytes, plan: Plan) -> None:
        self._path = path
        self._plan = plan
        self._proc = proc_device() if plan.skip_proc else None
        self._virtual = virtual_devices() if plan.skip_virtual else frozenset()
        self._device = 0
        """The argument's; with `cross_filesystems` off nothing on another one is visited."""
        self._visits: Counter[_Identity] = Counter()
        self._loops = plan.follow_directories is Follow.ALWAYS

    def run(self) -> Iterator[Event]:
        stack: list[Iterator[_Folder | Event]] = [self._argument()]
        while stack:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
            elif not isinstance(item, _Folder):
                yield item
            elif len(stack) <= MAX_OPEN:
                stack.append(self._folder(item))
            else:
                stack.append(iter(list(self._folder(item))))

    def _argument(self) -> Iterator[_Folder | Event]:
        path = self._path
        try:
            status = os.lstat(path)
        except (OSError, ValueError) as error:
            yield Gone(path, _code(error), argument=True)
            return
        link = stat.S_ISLNK(status.st_mode)
        if link:
            target = _follow(path)
            if target is None or self._follow(target) is Follow.NEVER:
                yield SymbolicLink(path)
                return
            status = target
        self._device = status.st_dev
        if stat.S_ISDIR(status.st_mode):
            yield from self._argument_folder(status, link=link)
        elif stat.S_ISREG(status.st_mode):
            yield self._file(path, *os.path.split(os.path.realpath(path)), status, link=link)
        else:
            yield Unsupported(path, argument=True)

    def _argument_folder(self, status: os.stat_result, *, link: bool) -> Iterator[_Folder | Event]:
        path = self._path.rstrip(b"/") or b"/"
        refusal = self._refuse_device(path, status)
        if refusal is not None:
            yield refusal
        elif self._plan.max_depth >= 1:
            yield _Folder(path, os.path.realpath(path), _identity(status), 1, link=link)

    def _folder(self, folder: _Folder) -> Iterator[_Folder | Event]:
        refusal = self._refuse_folder(folder.path)
        if refusal is not None:
            yield refusal
            return
        if folder.identity in self._plan.skip_folders:
            yield Excluded(folder.path, Reason.OWN, directory=True)
            return
        try:
            fd = _open_folder(folder)
        except OSError as error:
            yield Unreadable(folder.path, _code(error))
            return
        yield Directory(folder.path)
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    item = self._entry(folder, entry)
                    if item is not None:
                        yield item
        except OSError as error:
            yield Unreadable(folder.path, _code(error))
        finally:
            os.close(fd)

    def _entry(self, folder: _Folder, entry: os.DirEntry[str]) -> _Folder | Event | None:
        name = os.fsencode(entry.name)
        path = join(folder.path, name)
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            return Gone(path, _code(error), argument=False)
        if stat.S_ISREG(status.st_mode):
            return self._file(path, folder.real, name, status)
        if stat.S_ISDIR(status.st_mode):
            return self._sub_folder(folder, path, join(folder.real, name), status)
        if stat.S_ISLNK(status.st_mode):
            return self._link(folder, path, entry)
        return Unsupported(path, argument=False)

    def _link(
        self, folder: _Folder, path: bytes, entry: os.DirEntry[str]
    ) -> _Folder | Event | None:
        try:
            status = entry.stat()
        except OSError:
            return SymbolicLink(path)
        if self._follow(status) is not Follow.ALWAYS:
            return SymbolicLink(path)
        if stat.S_ISDIR(status.st_mode):
            if self._visited(folder, _identity(status)):
                return SymbolicLink(path)
            return self._sub_folder(folder, path, os.path.realpath(path), status, link=True)
        if stat.S_ISREG(status.st_mode):
            return self._file(path, *os.path.split(os.path.realpath(path)), status, link=True)
        return Unsupported(path, argument=False)

    def _sub_folder(
        self,
        folder: _Folder,
        path: bytes,
        real: bytes,
        status: os.stat_result,
        *,
        link: bool = False,
    ) -> _Folder | Event | None:
        if not self._plan.recursive or folder.depth >= self._plan.max_depth:
            return None
        refusal = self._refuse_device(path, status)
        if refusal is not None:
            return refusal
        inside = folder.inside | {folder.identity} if self._loops else folder.inside
        return _Folder(path, real, _identity(status), folder.depth + 1, inside, link=link)

    def _visited(self, folder: _Folder, identity: _Identity) -> bool:
        self._visits[identity] += 1
        return (
            identity == folder.identity
            or identity in folder.inside
            or self._visits[identity] > MAX_VISITS
        )

    def _follow(self, target: os.stat_result) -> Follow:
        plan = self._plan
        return plan.follow_directories if stat.S_ISDIR(target.st_mode) else plan.follow_files

    def _file(
        self, path: bytes, folder: bytes, name: bytes, status: os.stat_result, *, link: bool = False
    ) -> Event:
        if not self._plan.files.idle:
            excluded, pattern = self._plan.files.verdict(join(folder, name))
            if excluded:
                return Excluded(path, Reason.PATTERN, pattern)
        refusal = self._refuse_device(path, status)
        if refusal is not None:
            return refusal
        return Target(path, folder, name, status.st_dev, status.st_ino, status.st_size, link)

    def _refuse_device(self, path: bytes, status: os.stat_result) -> Excluded | None:
        device, directory = status.st_dev, stat.S_ISDIR(status.st_mode)
        if device in self._virtual:
            return Excluded(path, Reason.VIRTUAL, directory=directory)
        if not self._plan.cross_filesystems and device != self._device:
            return Excluded(path, Reason.FILESYSTEM, directory=directory)
        if device == self._proc and not directory:
            return Excluded(path, Reason.PROC)
        return None

    def _refuse_folder(self, path: bytes) -> Excluded | None:
        if self._plan.directories.idle:
            return None
        excluded, pattern = self._plan.directories.verdict(path)
        return Excluded(path, Reason.PATTERN, pattern, directory=True) if excluded else None


def _follow(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - pathlib has no bytes
    except OSError:
        return None


def _open_folder(folder: _Folder) -> int:
    fd = os.open(folder.path, _OPEN_DIRECTORY | (0 if folder.link else os.O_NOFOLLOW))
    if _identity(os.fstat(fd)) != folder.identity:
        os.close(fd)
        raise OSError(errno.ESTALE, "another directory took its place")
    return fd


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _code(error: OSError | ValueError) -> int:
    """The errno of an error; a path with a NUL byte is ValueError and has none."""
    code = error.errno if isinstance(error, OSError) else None
    return code or errno.EINVAL
