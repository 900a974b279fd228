"""Which devices are file systems that the kernel makes up: /proc, /sys and their like."""

from __future__ import annotations

import os
from pathlib import Path

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


def proc_device() -> int | None:
    """The device mounted on /proc, or None where there is none."""
    try:
        device = Path("/proc").stat().st_dev
        return device if device != Path("/").stat().st_dev else None
    except OSError:
        return None


def virtual_devices() -> frozenset[int]:
    """Devices of all virtual file systems mounted now."""
    try:
        text = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return frozenset()
    return frozenset(_virtual(text))


def _virtual(mountinfo: str) -> list[int]:
    """Lines are `id parent major:minor root mountpoint options ... - type source options`."""
    devices = []
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split()
        kind = after.split(maxsplit=1)
        if dash and kind and kind[0] in VIRTUAL and len(fields) > 2:  # noqa: PLR2004 - third field
            major, _, minor = fields[2].partition(":")
            if major.isdigit() and minor.isdigit():
                devices.append(os.makedev(int(major), int(minor)))
    return devices
