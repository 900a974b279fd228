"""What clamconf prints, in the lines that programs parse."""

from __future__ import annotations

import os
import platform
import sys
import textwrap
import time
import zlib
from typing import TYPE_CHECKING

import nacre
from nacre.cvd.header import SIZE, Header
from nacre.database.sources import find
from nacre.model.errors import DatabaseError
from nacre.output.escape import printable
from nacre.output.version import ENGINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEVEL = 230
"""The functionality level of that version."""
_CONTAINERS = (".cvd", ".cld", ".cud")
_ORDER = {"daily": 0, "main": 1, "bytecode": 2}
"""Of the official containers."""

Value = bool | int | str | tuple[str, ...] | None


def heading(text: str) -> list[str]:
    """A title with its line."""
    return [text, "-" * len(text)]


def setting(name: str, value: Value) -> str:
    """One option: ``Name = "value"``, or that it is off."""
    if value is None or value is False or value in (0, ()):
        return f"{name} disabled"
    if value is True:
        return f'{name} = "yes"'
    texts = value if isinstance(value, tuple) else (str(value),)
    return f"{name} = " + ", ".join(f'"{printable(text)}"' for text in texts)


def software() -> list[str]:
    """Version and features."""
    return [
        *heading("Software settings"),
        f"Version: {ENGINE}",
        f"Optional features supported: NACRE {nacre.__version__} MEMPOOL AUTOIT_EA06 RAR ",
    ]


def database(folder: Path, other: Path) -> Iterator[str]:
    """The databases in `folder`; `other` is the one that freshclam.conf names."""
    yield from heading("Database information")
    yield f"Database directory: {printable(str(folder))}"
    if folder != other:
        yield "WARNING: freshclam.conf and clamd.conf point to different database directories"
    total = 0
    for file in _files(folder):
        try:
            line, count = _described(file)
        except (OSError, DatabaseError):
            line, count = f"{printable(file.name)}: cannot be read", 0
        total += count
        yield line
    yield f"Total number of signatures: {total}"


def _files(folder: Path) -> list[Path]:
    """What a database is loaded from: official containers first."""
    try:
        files = [source.path for source in find([folder]).files]
    except DatabaseError:
        return []
    return sorted(files, key=lambda file: (_ORDER.get(file.stem, len(_ORDER)), file.name))


def _described(file: Path) -> tuple[str, int]:
    name = printable(file.name)
    if file.suffix in _CONTAINERS:
        with file.open("rb") as stream:
            header = Header.parse(stream.read(SIZE), name)
        built = time.ctime(header.seconds)
        prefix = "" if file.stem in _ORDER else "[3rd Party] "
        said = f"version {header.version}, sigs: {header.signatures}, built on {built}"
        return f"{prefix}{name}: {said}", header.signatures
    count = _lines(file)
    return f"[3rd Party] {name}: {count} sig{'s' if count > 1 else ' '}", count


def _lines(file: Path) -> int:
    """Lines that are no comments, as ClamAV counts them here."""
    with file.open("rb") as stream:
        return sum(not line.startswith(b"#") for line in stream)


def host() -> list[str]:
    """The platform, and what this program was built with."""
    system = os.uname()
    full = platform.freedesktop_os_release().get("PRETTY_NAME", "") if _has_release() else ""
    return [
        *heading("Platform information"),
        f"uname: {system.sysname} {system.release} {system.version} {system.machine}",
        f"OS: {system.sysname}, ARCH: {system.machine}, CPU: {system.machine}",
        *([f"Full OS version: {full}"] if full else []),
        f"zlib version: {zlib.ZLIB_RUNTIME_VERSION} ({zlib.ZLIB_VERSION})",
        "",
        *heading("Build information"),
        f"Python: {platform.python_version()} ({platform.python_compiler()})",
        f"sizeof(void*) = {sys.maxsize.bit_length() // 8 + 1}",
        f"Engine flevel: {_LEVEL}, dconf: {_LEVEL}",
    ]


def _has_release() -> bool:
    return any(os.path.exists(path) for path in ("/etc/os-release", "/usr/lib/os-release"))  # noqa: PTH110


def example(name: str, help_: str, default: Value, *, multiple: bool) -> list[str]:
    """An option in a file to begin with, commented out."""
    shown = "no" if default is False else "yes" if default is True else default
    value = "" if shown is None else f" {shown}"
    lines = [f"# {line}" for line in textwrap.wrap(help_, 78)]
    if multiple:
        lines.append("# This option can be used more than once.")
    return [*lines, f"# Default: {'disabled' if shown is None else shown}", f"#{name}{value}", ""]
