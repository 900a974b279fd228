"""Further ways around protection, and how it bears a flood."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from guarding import Guarded, denied
from serving import EVIL, until

CLEAN = b"nothing in here but words\n"
READS = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError:
        print("denied")
    else:
        print("open")
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    tmp_path.chmod(0o755)
    return made


def test_another_mount_of_the_same_folder(disk: Path, work: Path) -> None:
    """What any user can make in a mount namespace of their own."""
    with Guarded(disk, work) as guarded:
        (guarded.folder / "evil").write_bytes(EVIL)
        (guarded.folder / "clean").write_bytes(CLEAN)
        other = work / "other"
        other.mkdir()
        script = f'mount --bind "$0" "$1" && exec "$2" -c \'{READS}\' "$1/evil" "$1/clean"'
        command = ["unshare", "-m", "sh", "-c", script]
        done = subprocess.run(
            [*command, str(guarded.folder), str(other), sys.executable],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if "unshare failed" in done.stderr:
            pytest.skip(done.stderr)
        assert done.stdout.split() == ["denied", "open"], done.stderr


def test_who_is_left_alone_may_open_what_is_known_to_alert(disk: Path, work: Path) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv")
    with Guarded(disk, work, settings="OnAccessExcludeUID 12345\n") as guarded:
        path = guarded.folder / "evil"
        path.write_bytes(EVIL)
        assert denied(path)
        other = ["setpriv", "--reuid", "12345", "--clear-groups", "cat", path.name]
        until(lambda: guarded.status()["denied"] == 1)
        done = subprocess.run(
            other, cwd=guarded.folder, capture_output=True, check=False, timeout=60
        )
        assert done.stdout == EVIL, done.stderr


def test_what_is_moved_out_is_let_through(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        path = guarded.folder / "evil"
        path.write_bytes(EVIL)
        assert denied(path)
        path.rename(disk / "outside")
        assert not denied(disk / "outside")


def test_a_flood_of_notices_costs_no_descriptors(disk: Path, work: Path) -> None:
    """More is opened than can be scanned; what is lost and changed is looked for."""
    with Guarded(disk, work, ("--notify-only",)) as guarded:
        for number in range(3000):
            (guarded.folder / f"{number}").write_bytes(CLEAN + b"%d" % number)
        most = 0
        for _ in range(3):
            for number in range(3000):
                os.close(os.open(guarded.folder / f"{number}", os.O_RDONLY))
            most = max(most, len(list(Path(f"/proc/{guarded.supervisor}/fd").iterdir())))
        assert most < 2000
        evil = guarded.folder / "evil"
        evil.write_bytes(EVIL)
        until(lambda: "evil: Evil.UNOFFICIAL FOUND" in guarded.log)
