"""What `clamscan -V` says, and how old the databases are. Imports nothing slow.

Only the first 512 bytes of `daily.cvd` or `daily.cld` are read; whether the file is whole is the
database room's question.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = "1.5.3"
"""The version of ClamAV that nacre stands in for."""

_HEADER = 512
_MAGIC = b"ClamAV-VDB:"
_VERSION_FIELD = 2
_TIME_FIELD = 8
_MAX_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Build:
    """Version and build time of one database."""

    version: int
    seconds: int


def version_line(paths: tuple[Path, ...]) -> str:
    """``ClamAV 1.5.3/27000/Thu Aug 20 14:50:41 2015``; only the first part without a daily."""
    found = [build for path in paths for build in _builds(path, daily=True)]
    if not found:
        return f"ClamAV {ENGINE}"
    newest = max(found, key=lambda build: build.version)
    return f"ClamAV {ENGINE}/{newest.version}/{time.ctime(newest.seconds)}"


def age_in_days(paths: tuple[Path, ...], *, daily: bool = False) -> float | None:
    """Days since the newest container in `paths` was built; None where there is none."""
    found = [build.seconds for path in paths for build in _builds(path, daily=daily)]
    return (time.time() - max(found)) / 86_400 if found else None


def _builds(path: Path, *, daily: bool) -> list[Build]:
    stem = "daily" if daily else "*"
    try:
        files = [file for suffix in ("cvd", "cld") for file in path.glob(f"{stem}.{suffix}")]
    except OSError:
        return []
    if not daily and path.suffix in {".cvd", ".cld"}:
        files.append(path)
    return [build for file in files if (build := _build(file)) is not None]


def _build(file: Path) -> Build | None:
    try:
        with file.open("rb") as stream:
            header = stream.read(_HEADER)
    except OSError:
        return None
    fields = header.rstrip(b" \0\n").split(b":")
    if not header.startswith(_MAGIC) or len(fields) <= _TIME_FIELD:
        return None
    version, seconds = fields[_VERSION_FIELD], fields[_TIME_FIELD]
    if not (_is_number(version) and _is_number(seconds)):
        return None
    return Build(int(version), int(seconds))


def _is_number(field: bytes) -> bool:
    return field.isdigit() and len(field) <= _MAX_DIGITS
