from __future__ import annotations

import os
from pathlib import Path

from nacre.walk.filesystem import VIRTUAL, _parsed, proc_device, virtual_devices

MOUNTINFO = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:22 / /proc rw - proc proc rw
24 22 0:23 / /with\\040space rw shared:3 master:1 - sysfs sysfs rw
25 22 0:24 / /tmp rw - tmpfs none rw
26 22 0:25 / /data rw - fuse.sshfs host:/ rw
broken line
27 22 x:y / /odd rw - proc proc rw
28 22 - proc
"""


def test_which_mounts_are_virtual() -> None:
    found = [mount.device for mount in _parsed(MOUNTINFO.encode()) if mount.virtual]
    assert found == [os.makedev(0, 22), os.makedev(0, 23)]
    points = [mount.point for mount in _parsed(MOUNTINFO.encode())]
    assert points == [b"/", b"/proc", b"/with space", b"/tmp", b"/data"]


def test_this_machine() -> None:
    devices = virtual_devices()
    assert Path("/proc").stat().st_dev in devices
    assert Path("/").stat().st_dev not in devices
    assert proc_device() == Path("/proc").stat().st_dev


def test_file_systems_with_files_of_somebody_are_not_virtual() -> None:
    assert not VIRTUAL & {"tmpfs", "overlay", "nfs", "cifs", "autofs", "fuse", "devtmpfs", "ramfs"}
