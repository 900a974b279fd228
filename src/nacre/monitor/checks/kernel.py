"""Kernel.

What it offers to confine processes, and to scan on access.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nacre.monitor.finding import Finding, fine, note, warning
from nacre.workers.sandbox import Level, available

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.monitor.host import Host

_MENDS = {
    Level.SECCOMP: "boot with lsm=landlock,… or a kernel of 5.13 or newer",
    Level.FILES: "a kernel with CONFIG_SECCOMP_FILTER, and a container that allows filters",
    Level.RLIMITS: "a kernel with Landlock and seccomp, and a container that allows them",
    Level.NONE: "a kernel with Landlock and seccomp, and a container that allows them",
}


def run(host: Host) -> Iterator[Finding]:
    """Confinement, memory files, fanotify."""
    level = available()
    if level is Level.LANDLOCK:
        yield fine(f"processes that scan can be confined: {level.value}")
    else:
        yield warning(f"processes that scan can be confined by {level.value} only", _MENDS[level])
    try:
        os.close(os.memfd_create("doctor", os.MFD_CLOEXEC))
    except OSError as error:
        yield warning(
            f"streams cannot be kept in memory: {error.strerror}",
            "allow memfd_create, or give TemporaryDirectory a fast disk",
        )
    if not (host.proc / "sys" / "fs" / "fanotify").exists():
        yield note("the kernel has no fanotify, so nothing can be scanned on access")
