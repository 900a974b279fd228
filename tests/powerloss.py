"""What is left on a disk when the power goes, by a trace of what a program asked of it.

Strict, as POSIX allows: a file has the bytes it had at its last fsync. What happens to names is in
the order of each folder, but no folder waits for another, nor for bytes; only after fsync of the
folder it is certain.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

_CALLS = (
    "openat,write,pwrite64,writev,ftruncate,truncate,sendfile,copy_file_range,fsync,fdatasync,"
    "link,linkat,rename,renameat,renameat2,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir"
)
_LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (\d+)")
_PART = re.compile(r'"((?:\\x[0-9a-f]{2})*)"|<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?')
_HALF = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>")
_REST = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")


@dataclass(eq=False)
class File:
    now: bytes = b""
    safe: bytes = b""


@dataclass(eq=False)
class Link:
    target: str


@dataclass(eq=False)
class Folder:
    now: dict[str, Node] = field(default_factory=dict)
    safe: dict[str, Node] = field(default_factory=dict)


Node = File | Link | Folder
Change = tuple[tuple[Folder, str, Node | None], ...]
"""Names that get or lose a node at once."""


@dataclass(frozen=True)
class Call:
    """One system call that did what it should."""

    name: str
    texts: tuple[bytes, ...]
    """Strings and names of descriptors, in their order."""
    flags: str
    result: int


def traced(command: Sequence[str], output: Path) -> list[Call]:
    """Run a program; what it asked of the disk. Skips where that cannot be seen."""
    strace = ["strace", "-f", "-y", "-xx", "-s", str(1 << 20), "-o", str(output)]
    try:
        subprocess.run([*strace, "-e", "trace=fsync", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("programs cannot be traced here")
    subprocess.run([*strace, "-e", f"trace={_CALLS}", *command], check=True, capture_output=True)
    return list(_calls(output.read_text("ascii")))


def _calls(text: str) -> Iterator[Call]:
    halves: dict[tuple[str, str], str] = {}
    for line in text.splitlines():
        half, rest = _HALF.match(line), _REST.match(line)
        if half is not None:
            halves[half[1], half[2]] = half[3]
            continue
        whole = line if rest is None else f"{rest[2]}({halves.pop((rest[1], rest[2]))}{rest[3]}"
        match = _LINE.match(whole)
        if match is not None:
            found = list(_PART.finditer(match[2]))
            texts = tuple(_bytes(each[1] or each[2] or "") for each in found if not each[3])
            yield Call(match[1], texts, match[2], int(match[3]))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


class Disk:
    """A folder as it was, and what a trace makes of it."""

    def __init__(self, root: Path) -> None:
        """All that is there is safe."""
        self.root = root
        self.top = _read(root)
        self.pending: list[Change] = []

    def do(self, call: Call) -> bool:
        """Follow a call; whether it was about something here."""
        name, texts = call.name, call.texts
        if name in {"write", "copy_file_range", "fsync", "fdatasync"}:
            return self._by_descriptor(call)
        if name in {"rename", "renameat", "renameat2"}:
            old, new = texts if name == "rename" else (texts[1], texts[3])
            return self._renamed(self._at(old), self._at(new))
        if name.startswith("symlink"):
            texts = texts[1:]
        path = self._at(*texts[: 2 if "at" in name else 1])
        return path is not None and self._named(call, path)

    def _named(self, call: Call, path: tuple[str, ...]) -> bool:
        if call.name == "openat":
            return self._opened(path, call.flags)
        if call.name in {"unlink", "unlinkat", "rmdir"}:
            return self._set((path, None))
        if call.name in {"symlink", "symlinkat"}:
            return self._set((path, Link(call.texts[0].decode())))
        assert call.name in {"mkdir", "mkdirat"}, f"{call.name} is not understood"
        return self._set((path, Folder()))

    def _by_descriptor(self, call: Call) -> bool:
        place = self._at(call.texts[1 if call.name == "copy_file_range" else 0])
        if place is None:
            return False
        node = self._node(place)
        if call.name == "copy_file_range":
            source = self._node(self._at(call.texts[0]) or ())
            assert isinstance(node, File)
            assert isinstance(source, File)
            node.now += source.now[len(node.now) :][: call.result]
            return True
        if call.name == "write":
            assert isinstance(node, File)
            node.now += call.texts[1][: call.result]
            assert len(call.texts[1]) >= call.result
            return True
        if isinstance(node, File):
            node.safe = node.now
        elif isinstance(node, Folder):
            self._certain(node)
        return True

    def _certain(self, folder: Folder) -> None:
        rest = []
        for change in self.pending:
            if any(each is folder for each, _, _ in change):
                _apply(change)
            else:
                rest.append(change)
        self.pending = rest

    def _opened(self, path: tuple[str, ...], flags: str) -> bool:
        folder, name = self._folder(path[:-1]), path[-1] if path else ""
        there = folder.now.get(name)
        if "O_CREAT" in flags and there is None:
            return self._set((path, File()))
        if "O_TRUNC" in flags and isinstance(there, File):
            there.now = b""
            return True
        return False

    def _renamed(self, old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> bool:
        assert (old is None) == (new is None), "in or out of the folder"
        if old is None or new is None:
            return False
        return self._set((old, None), (new, self._node(old)))

    def _set(self, *changes: tuple[tuple[str, ...], Node | None]) -> bool:
        change = tuple((self._folder(path[:-1]), path[-1], node) for path, node in changes)
        for folder, name, node in change:
            _put(folder.now, name, node)
        self.pending.append(change)
        return True

    def _at(self, *parts: bytes) -> tuple[str, ...] | None:
        path = Path("/").joinpath(*(part.decode() for part in parts))
        if not path.is_relative_to(self.root):
            return None
        return path.relative_to(self.root).parts

    def _node(self, path: tuple[str, ...]) -> Node:
        node: Node = self.top
        for name in path:
            assert isinstance(node, Folder)
            node = node.now[name]
        return node

    def _folder(self, path: tuple[str, ...]) -> Folder:
        folder = self._node(path)
        assert isinstance(folder, Folder)
        return folder

    def left(self, target: Path, chance: float, rng: random.Random) -> None:
        """Make `target` what is left: of each change of names that is uncertain, by chance."""
        stopped: list[Folder] = []
        extra: dict[int, dict[str, Node]] = {}
        for change in self.pending:
            folders = [folder for folder, _, _ in change]
            if rng.random() >= chance or any(each in stopped for each in folders):
                stopped += folders
                continue
            for folder, name, node in change:
                _put(extra.setdefault(id(folder), dict(folder.safe)), name, node)
        _write(self.top, target, extra)

    def same(self, folder: Path) -> bool:
        """Whether a folder is what this was followed to."""
        return _shape(_read(folder)) == _shape(self.top)


def _put(names: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _apply(change: Change) -> None:
    for folder, name, node in change:
        _put(folder.safe, name, node)


def _read(path: Path) -> Folder:
    names: dict[str, Node] = {}
    for each in path.iterdir():
        if each.is_symlink():
            names[each.name] = Link(str(each.readlink()))
        elif each.is_dir():
            names[each.name] = _read(each)
        else:
            names[each.name] = File(each.read_bytes(), each.read_bytes())
    return Folder(names, dict(names))


def _write(folder: Folder, path: Path, extra: dict[int, dict[str, Node]]) -> None:
    path.mkdir()
    for name, node in extra.get(id(folder), folder.safe).items():
        if isinstance(node, Folder):
            _write(node, path / name, extra)
        elif isinstance(node, Link):
            (path / name).symlink_to(node.target)
        else:
            (path / name).write_bytes(node.safe)


def _shape(node: Node) -> object:
    if isinstance(node, Folder):
        return {name: _shape(each) for name, each in node.now.items()}
    return node.target if isinstance(node, Link) else node.now
