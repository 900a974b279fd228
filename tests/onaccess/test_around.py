"""Further ways around protection, and how it bears a flood."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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


def test_processes_that_cannot_be_seen_from_here(disk: Path, work: Path) -> None:
    """As a supervisor in a container sees others: the kernel says that they are process 0."""
    folder = disk / "protected"
    folder.mkdir()
    (work / "data").mkdir()
    (work / "data/x.ndb").write_text(f"Evil:0:*:{EVIL.hex()}\n")
    (work / "clamd.conf").touch()
    command = ["unshare", "-p", "-f", "--kill-child", sys.executable, "-m", "nacre.cli.main"]
    command += ["onaccess", str(folder), "-d", str(work / "data")]
    command += ["--config-file", str(work / "clamd.conf"), "--status-file", str(work / "status")]
    environment = {**os.environ, "XDG_CACHE_HOME": str(work / "cache")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "unshare failed" in line:
            pytest.skip(line)
        try:
            assert line == "protected\n", line
            (folder / "evil").write_bytes(EVIL)
            assert denied(folder / "evil")
        finally:
            process.kill()


def test_systemd_is_told_and_kept_informed(disk: Path, work: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(work / "notify"))
        listener.settimeout(60)
        environment = {"NOTIFY_SOCKET": str(work / "notify"), "WATCHDOG_USEC": "300000"}
        with Guarded(disk, work, environment=environment):
            told = [listener.recv(100) for _ in range(4)]
    assert b"READY=1" in told[:2]
    assert told.count(b"WATCHDOG=1") == 3


@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_many_open_one_file_at_once(disk: Path, work: Path, mode: str) -> None:
    with Guarded(disk, work, ("--strict",) if mode == "strict" else ()) as guarded:
        for number in range(20):
            evil, clean = guarded.folder / f"evil{number}", guarded.folder / f"clean{number}"
            evil.write_bytes(EVIL + b"%d" % number)
            clean.write_bytes(CLEAN + b"%d" % number)
            with ThreadPoolExecutor(8) as threads:
                assert all(threads.map(denied, [evil] * 8))
                assert not any(threads.map(denied, [clean] * 8))


def test_pipes_and_sockets_and_devices_are_let_through(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        pipe, device = guarded.folder / "pipe", guarded.folder / "null"
        os.mkfifo(pipe)
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        for path in (pipe, device):
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def test_an_overlay_over_a_protected_folder(disk: Path, work: Path) -> None:
    """As containers have: what is opened is the file below, through a mount of the kernel's own."""
    with Guarded(disk, work) as guarded:
        lower, upper, inner = (guarded.folder / name for name in ("lower", "upper", "inner"))
        for folder in (lower, upper, inner):
            folder.mkdir()
        (lower / "evil").write_bytes(EVIL)
        (lower / "clean").write_bytes(CLEAN)
        place = work / "overlay"
        place.mkdir()
        options = f"lowerdir={lower},upperdir={upper},workdir={inner}"
        command = ["mount", "-t", "overlay", "-o", options, "overlay", str(place)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(done.stderr)
        try:
            assert denied(place / "evil")
            assert not denied(place / "clean")
            (place / "new").write_bytes(EVIL + b"new")
            assert denied(place / "new")
        finally:
            subprocess.run(["umount", "-l", str(place)], check=True)


def test_another_file_system_in_the_place_of_one_below(disk: Path, work: Path) -> None:
    """It may well have the same number, but not the mark."""
    with Guarded(disk, work) as guarded:
        below = guarded.folder / "below"
        below.mkdir()
        for number in range(3):
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(below)], check=True)
            try:
                evil = below / f"evil{number}"
                evil.write_bytes(EVIL)
                until(partial(denied, evil))
            finally:
                subprocess.run(["umount", "-l", str(below)], check=True)
