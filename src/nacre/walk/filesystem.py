"""Which devices are file systems that the kernel makes up: /proc, /sys and their like."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VIRTUAL = frozenset(
    {
        "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "cpuset", "debugfs",
        "devpts", "efivarfs", "functionfs", "fusectl", "gadgetfs", "mqueue", "nfsd", "nsfs",
        "oprofilefs", "pipefs", "proc", "pstore", "resctrl", "rpc_pipefs", "securityfs",
        "selinuxfs", "smackfs", "sockfs", "sysfs", "tracefs", "usbfs", "xenfs",
    }
)  # fmt: skip
"""Types, as mount(8) names them, that store no files of anybody's."""

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_FIELDS = 5


def proc_device() -> int | None:
    """The device mounted on /proc, or None where there is none."""
    try:
        device = Path("/proc").stat().st_dev
        return device if device != Path("/").stat().st_dev else None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mountinfo."""

    point: bytes
    device: int
    kind: str

    @property
    def virtual(self) -> bool:
        """Whether nobody's files are stored there."""
        return self.kind in VIRTUAL


def mounts() -> list[Mount]:
    """What is mounted now; empty where that cannot be read."""
    try:
        text = _MOUNTS.read_bytes()
    except OSError:
        return []
    return list(_parsed(text))


def virtual_devices() -> frozenset[int]:
    """Devices of all virtual file systems mounted now."""
    return frozenset(mount.device for mount in mounts() if mount.virtual)


def _parsed(mountinfo: bytes) -> Iterator[Mount]:
    """Lines are `id parent major:minor root mountpoint options ... - type source options`."""
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(b" - ")
        fields, kind = before.split(), after.split(maxsplit=1)
        if not dash or not kind or len(fields) < _FIELDS:
            continue
        major, _, minor = fields[2].partition(b":")
        if major.isdigit() and minor.isdigit():
            device = os.makedev(int(major), int(minor))
            yield Mount(_unescaped(fields[4]), device, kind[0].decode("ascii", "replace"))


def _unescaped(path: bytes) -> bytes:
    """Blanks, tabs, newlines and backslashes are written as octal numbers."""
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 8) & 0xFF,)), path)
