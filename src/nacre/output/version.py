"""What `clamscan -V` says, and how old the databases are.

Only the first 512 bytes of a container are read; whether it is whole is the database's question.
Imports nothing but `os` and `time`: monitoring asks every minute.
"""

from __future__ import annotations

import os
import time

ENGINE = "1.5.3"
"""The version of ClamAV that nacre stands in for."""

_HEADER = 512
_MAGIC = b"ClamAV-VDB:"
_VERSION_FIELD = 2
_TIME_FIELD = 8
_MAX_DIGITS = 12
_SUFFIXES = (".cvd", ".cld")


def version_line(paths: tuple[str, ...]) -> str:
    """``ClamAV 1.5.3/27000/Thu Aug 20 14:50:41 2015``; only the first part without a daily."""
    builds = [build for path in paths for build in _builds(path, daily=True)]
    if not builds:
        return f"ClamAV {ENGINE}"
    version, seconds = max(builds)
    return f"ClamAV {ENGINE}/{version}/{time.ctime(seconds)}"


def age_in_days(paths: tuple[str, ...], *, daily: bool = False) -> float | None:
    """Days since the newest container in `paths` was built; None where there is none."""
    builds = [seconds for path in paths for _, seconds in _builds(path, daily=daily)]
    return (time.time() - max(builds)) / 86_400 if builds else None


def _builds(path: str, *, daily: bool) -> list[tuple[int, int]]:
    """(version, build time) of the containers in a folder, or of one that is named itself."""
    try:
        names = [name for name in os.listdir(path) if name.endswith(_SUFFIXES)]  # noqa: PTH208 - no pathlib here
        files = [f"{path}/{name}" for name in names if not daily or name.startswith("daily.")]
    except NotADirectoryError:
        files = [path] if path.endswith(_SUFFIXES) and not daily else []
    except OSError:
        return []
    return [build for file in files if (build := _build(file)) is not None]


def _build(file: str) -> tuple[int, int] | None:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        header = os.read(fd, _HEADER)
    except OSError:
        return None
    finally:
        os.close(fd)
    fields = header.rstrip(b" \0\n").split(b":")
    if not header.startswith(_MAGIC) or len(fields) <= _TIME_FIELD:
        return None
    version, seconds = fields[_VERSION_FIELD], fields[_TIME_FIELD]
    if not (_is_number(version) and _is_number(seconds)):
        return None
    return int(version), min(int(seconds), 1 << 36)


def _is_number(field: bytes) -> bool:
    return field.isdigit() and len(field) <= _MAX_DIGITS
