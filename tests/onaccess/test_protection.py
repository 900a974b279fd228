"""Protection as the kernel enforces it, on file systems of the tests' own."""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import signal
import subprocess
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from guarding import Guarded, denied, timed
from serving import EVIL, until

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = b"nothing in here but words\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    tmp_path.chmod(0o755)
    return made


def put(path: Path, content: bytes = EVIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_what_alerts_cannot_be_opened_and_the_rest_can(disk: Path, work: Path) -> None:
    before = put(disk / "protected/before")
    with Guarded(disk, work) as guarded:
        evil, clean = put(guarded.folder / "evil"), put(guarded.folder / "clean", CLEAN)
        assert denied(evil)
        assert denied(evil)
        assert denied(before)
        for _ in range(3):
            assert clean.read_bytes() == CLEAN
        assert not denied(put(guarded.folder / "empty", b""))
        assert not denied(put(disk / "elsewhere/evil"))
        program = put(guarded.folder / "program", b"#!/bin/sh\n# " + EVIL)
        program.chmod(0o755)
        with pytest.raises(PermissionError):
            subprocess.run([str(program)], check=False)
        fine = put(guarded.folder / "fine", b"#!/bin/sh\nexit 7\n")
        fine.chmod(0o755)
        assert subprocess.run([str(fine)], check=False).returncode == 7
    assert "evil: Evil.UNOFFICIAL FOUND" in guarded.log
    assert guarded.log.count("evil: Evil.UNOFFICIAL FOUND") == 1
    assert not denied(evil)  # when it has ended
    assert guarded.process.returncode == 0


def test_without_prevention_it_is_only_told(disk: Path, work: Path) -> None:
    with Guarded(disk, work, ("--notify-only",)) as guarded:
        evil = put(guarded.folder / "evil")
        assert not denied(evil)
        until(lambda: "evil: Evil.UNOFFICIAL FOUND" in guarded.log)


def test_new_folders_are_protected_at_once(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        for number in range(100):
            path = guarded.folder / f"{number}" / "/".join("abcdefghij"[: number % 10 + 1])
            assert denied(put(path / "evil")), path


@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_no_way_around(disk: Path, work: Path, mode: str) -> None:
    with Guarded(disk, work, ("--strict",) if mode == "strict" else ()) as guarded:
        evil = put(guarded.folder / "evil")
        os.link(evil, disk / "link")
        assert denied(disk / "link")  # never opened before
        (guarded.folder / "symbolic").symlink_to(evil)
        assert denied(guarded.folder / "symbolic")
        evil.rename(guarded.folder / "renamed")
        assert denied(guarded.folder / "renamed")
        outside = put(disk / "outside/evil")
        assert not denied(outside)
        outside.rename(guarded.folder / "moved")
        assert denied(guarded.folder / "moved")
        put(disk / "tree/deep/evil")
        shutil.move(disk / "tree", guarded.folder / "tree")
        assert denied(guarded.folder / "tree/deep/evil")


@pytest.mark.parametrize("how", ["write", "sendfile", "copy_file_range", "truncate", "append"])
def test_changed_files_are_asked_for_again(disk: Path, work: Path, how: str) -> None:
    source = put(work / "source")
    with Guarded(disk, work) as guarded:
        path = put(guarded.folder / "file", CLEAN)
        for _ in range(3):
            assert not denied(path)  # so it is settled
        reading = os.open(source, os.O_RDONLY)
        flags = os.O_WRONLY | (os.O_APPEND if how == "append" else 0)
        writing = os.open(path, flags | (os.O_TRUNC if how == "truncate" else 0))
        try:
            if how == "sendfile":
                os.sendfile(writing, reading, 0, 100)
            elif how == "copy_file_range":
                with contextlib.suppress(OSError):  # not between all file systems
                    os.copy_file_range(reading, writing, 100)
                os.pwrite(writing, EVIL, 0)
            else:
                os.write(writing, EVIL)
        finally:
            os.close(reading)
            os.close(writing)
        assert denied(path)


def test_a_writer_through_a_mapping_in_strict_mode(disk: Path, work: Path) -> None:
    with Guarded(disk, work, ("--strict",)) as guarded:
        path = put(guarded.folder / "file", CLEAN * 10)
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
            mapping[0] = ord("N")  # dirty before it is looked at
            assert not denied(path)
            mapping[: len(EVIL)] = EVIL
            assert denied(path)


@pytest.mark.parametrize("policy", ["allow", "deny"])
def test_a_scanner_that_hangs_keeps_nobody_waiting(disk: Path, work: Path, policy: str) -> None:
    settings = "OnAccessDenyOnError yes\n" if policy == "deny" else ""
    with Guarded(disk, work, settings=settings) as guarded:
        path = put(guarded.folder / "file", CLEAN)
        workers = guarded.workers()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            refused, seconds = timed(path)
        finally:
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGCONT)
        assert refused == (policy == "deny")
        assert 1 < seconds < 10
        until(lambda: "without a verdict in time" in guarded.log)


def test_a_scanner_that_dies_is_replaced(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        for number in range(20):
            for worker in guarded.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            assert denied(put(guarded.folder / f"{number}"))


def test_a_supervisor_that_dies_lets_go(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        path = put(guarded.folder / "evil")
        assert denied(path)
        os.kill(guarded.supervisor, signal.SIGKILL)
        guarded.process.wait(20)
        assert not denied(path)


def test_nothing_is_missed_while_signatures_are_loaded(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        ended = threading.Event()
        missed: list[Path] = []

        def make() -> None:
            number = 0
            while not ended.is_set():
                number += 1
                path = put(guarded.folder / f"{number}", EVIL + b"%d" % number)
                if not denied(path):
                    missed.append(path)
                path.unlink()

        threads = [threading.Thread(target=make)]
        for thread in threads:
            thread.start()
        for count in range(1, 4):
            guarded.reload()
            until(lambda: guarded.log.count("loaded again") == count)  # noqa: B023 - at once
        ended.set()
        for thread in threads:
            thread.join()
        assert not missed


def test_new_signatures_find_what_was_clean(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        path = put(guarded.folder / "file", CLEAN)
        for _ in range(3):
            assert not denied(path)
        (work / "data/new.ndb").write_text(f"New:0:*:{CLEAN[:10].hex()}\n")
        guarded.reload()
        until(lambda: "loaded again" in guarded.log)
        assert denied(path)


def test_its_own_files_may_be_protected(disk: Path) -> None:
    """Log, database, cache and status lie where every open() is asked for."""
    work = disk / "protected/work"
    work.mkdir(parents=True)
    disk.chmod(0o755)
    with Guarded(disk, work) as guarded:
        assert denied(put(guarded.folder / "evil"))
        os.kill(guarded.supervisor, signal.SIGHUP)  # opens the log
        guarded.reload()
        until(lambda: "loaded again" in guarded.log)
        assert denied(put(guarded.folder / "worse"))


def test_paths_that_are_left_alone(disk: Path, work: Path) -> None:
    settings = f"OnAccessExcludePath ^{disk}/protected/free/\n"
    with Guarded(disk, work, settings=settings) as guarded:
        assert not denied(put(guarded.folder / "free/evil"))
        assert denied(put(guarded.folder / "evil"))


@pytest.mark.parametrize(
    ("settings", "alone"),
    [
        ("OnAccessExcludeRootUID yes\n", True),
        ("OnAccessExcludeUID 0\n", True),
        ("OnAccessExcludeUname root\n", True),
        ("OnAccessExcludeUID 12345\n", False),
    ],
)
def test_users_that_are_left_alone(disk: Path, work: Path, settings: str, *, alone: bool) -> None:
    with Guarded(disk, work, settings=settings) as guarded:
        assert denied(put(guarded.folder / "evil")) != alone


def test_what_was_written_is_scanned_before_anybody_opens_it(disk: Path, work: Path) -> None:
    with Guarded(disk, work, settings="OnAccessExtraScanning yes\n") as guarded:
        evil = put(guarded.folder / "evil")
        until(lambda: "evil: Evil.UNOFFICIAL FOUND" in guarded.log)
        assert denied(evil)


def said(guarded: Guarded, line: str) -> bool:
    return line in guarded.log


def test_what_is_moved_in_is_scanned_before_anybody_opens_it(disk: Path, work: Path) -> None:
    with Guarded(disk, work, settings="OnAccessExtraScanning yes\n") as guarded:
        for number in range(2 * 512):  # more than is kept for the scanner at once
            put(disk / f"outside/{number % 8}/{number}", b"harmless %d" % number)
        put(disk / "outside/3/deep/deeper/evil")
        put(disk / "file")
        put(disk / "linked")
        os.mkfifo(disk / "pipe")
        (disk / "pipe").rename(guarded.folder / "pipe")
        (disk / "file").rename(guarded.folder / "moved")
        (guarded.folder / "link").hardlink_to(disk / "linked")
        (disk / "outside").rename(guarded.folder / "folder")
        for name in ("moved", "link", "folder/3/deep/deeper/evil"):
            line = f"{name}: Evil.UNOFFICIAL FOUND"
            until(partial(said, guarded, line))


def test_what_is_moved_in_is_told_without_prevention(disk: Path, work: Path) -> None:
    settings = "OnAccessExtraScanning yes\n"
    put(disk / "file")
    with Guarded(disk, work, ("--notify-only",), settings=settings) as guarded:
        (disk / "file").rename(guarded.folder / "moved")
        until(lambda: "moved: Evil.UNOFFICIAL FOUND" in guarded.log)


def test_extra_scanning_reaches_file_systems_mounted_below(disk: Path, work: Path) -> None:
    below = disk / "protected/below"
    with Guarded(disk, work, settings="OnAccessExtraScanning yes\n") as guarded:
        below.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(below)], check=True)
        try:
            until(lambda: f"{below} is protected" in guarded.log)
            put(below / "new")
            until(lambda: "new: Evil.UNOFFICIAL FOUND" in guarded.log)
            put(below / "x")
            (below / "x").rename(below / "moved")
            until(lambda: "below/moved: Evil.UNOFFICIAL FOUND" in guarded.log)
        finally:
            # Nothing holds it, once the last scan has ended.
            until(lambda: subprocess.run(["umount", str(below)], check=False).returncode == 0)


def test_file_systems_mounted_below_are_protected_too(disk: Path, work: Path) -> None:
    before, after = disk / "protected/before", disk / "protected/after"
    mounted = []
    try:
        before.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(before)], check=True)
        mounted.append(before)
        with Guarded(disk, work) as guarded:
            assert denied(put(before / "evil"))
            after.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(after)], check=True)
            mounted.append(after)
            until(lambda: f"{after} is protected" in guarded.log)
            assert denied(put(after / "evil"))
    finally:
        for place in mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
def test_what_the_kernel_lost_is_looked_for(disk: Path, work: Path) -> None:
    with Guarded(disk, work, ("--notify-only",)) as guarded:
        (guarded.folder / "many").mkdir()
        os.kill(guarded.supervisor, signal.SIGSTOP)
        try:
            for number in range(20_000):  # more than the kernel keeps
                (guarded.folder / f"many/{number}").touch()
            put(guarded.folder / "evil")
        finally:
            os.kill(guarded.supervisor, signal.SIGCONT)
        until(lambda: "more happened than the kernel keeps" in guarded.log)
        until(lambda: "evil: Evil.UNOFFICIAL FOUND" in guarded.log)


def test_large_files_are_let_through(disk: Path, work: Path) -> None:
    with Guarded(disk, work, settings="OnAccessMaxFileSize 1K\n") as guarded:
        assert not denied(put(guarded.folder / "large", bytes(1100) + EVIL))
        assert denied(put(guarded.folder / "small", bytes(900) + EVIL))


def test_status_says_how_it_is_going(disk: Path, work: Path) -> None:
    with Guarded(disk, work) as guarded:
        denied(put(guarded.folder / "evil"))
        until(lambda: guarded.status()["denied"] == 1)
        assert guarded.status()["prevention"] is True
    deadline = time.monotonic() + 20
    while guarded.process.poll() is None:
        assert time.monotonic() < deadline
