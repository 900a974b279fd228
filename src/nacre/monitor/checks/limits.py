"""Limits.

Descriptors, memory and disk are enough for what is configured.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.monitor.finding import Finding, fine, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.monitor.host import Host

_MIB = 1 << 20
_DESCRIPTORS = 1024
_WORKER = 64 * _MIB
"""What a worker may need while it scans something large."""
_DATABASE_SPACE = 1024 * _MIB
"""For new databases and images beside those in use."""


def run(host: Host) -> Iterator[Finding]:
    """Each limit that may be too low."""
    found = [*_descriptors(), *_memory(host), *_disks(host)]
    yield from found
    if not found:
        yield fine("descriptors, memory and disks are enough")


def _descriptors() -> Iterator[Finding]:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _DESCRIPTORS:
        yield warning(
            f"a process may open {hard} files only",
            "LimitNOFILE= of the service, or ulimit -n; each client takes one",
        )


def _memory(host: Host) -> Iterator[Finding]:
    threads = 1 if host.settings is None else host.settings.number("max_threads")
    needed = 64 * _MIB + threads * _WORKER
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = min([total, *_cgroup(host.proc)])
    if limit < needed:
        yield warning(
            f"{limit // _MIB} MiB of memory for {threads} workers",
            f"lower MaxThreads, or allow {needed // _MIB} MiB (MemoryMax= of the service)",
        )


def _cgroup(proc: Path) -> Iterator[int]:
    """The limit of the control group this process is in, and of those around it."""
    try:
        place = (proc / "self" / "cgroup").read_text().strip().rpartition(":")[2]
    except OSError:
        return
    folder = Path("/sys/fs/cgroup") / place.lstrip("/")
    for path in (folder, *folder.parents):
        try:
            text = (path / "memory.max").read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            yield int(text)


def _disks(host: Host) -> Iterator[Finding]:
    stream = 0 if host.settings is None else host.settings.number("stream_max_length")
    for folder, needed, name in (
        (host.database, _DATABASE_SPACE, "DatabaseDirectory"),
        (host.temporary, stream, "TemporaryDirectory"),
    ):
        try:
            space = os.statvfs(folder)
        except OSError as error:
            yield problem(f"{name} {folder}: {error.strerror}", f"make it, or change {name}")
            continue
        free = space.f_bavail * space.f_frsize
        if free < needed:
            yield warning(
                f"{name} {folder} has {free // _MIB} MiB left, {needed // _MIB} may be needed",
                "make room there, or choose another",
            )
        if space.f_files and not space.f_favail:
            yield warning(f"{name} {folder} can hold no more files", "make room there")
