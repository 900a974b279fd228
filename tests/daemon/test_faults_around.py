"""Faults of what a daemon stands on: disks, memory, the clock, processes, files that change."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time
import zipfile
from functools import partial
from pathlib import Path

from nacre.updater.generations import Generations
from serving import (
    EVIL,
    FOUND,
    NAME,
    OK,
    OURS,
    SECONDS,
    Daemon,
    database,
    load,
    send,
    stream,
    until,
)
from storage import small_disk

LARGE = 33 << 20
"""Bytes of a stream that is not kept in memory."""


def bundle(size: int) -> bytes:
    """A zip of two members, the first of that size, the second evil."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("large", bytes(size))
        archive.writestr("small", EVIL)
    return out.getvalue()


# Disks.


def test_a_full_disk_hides_nothing(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "full", "64K") as full,
        Daemon(tmp_path / "d", f"TemporaryDirectory {full}\n") as daemon,
    ):
        (full / "rest").write_bytes(bytes(60 << 10))
        assert daemon.scan(bytes(20 << 20) + EVIL) == FOUND
        assert daemon.scan(bundle(40 << 20)) == FOUND
        assert daemon.scan(bytes(LARGE) + EVIL) in {
            FOUND,
            b"Error writing to temporary file ERROR\0",
        }
        assert daemon.scan(EVIL) == FOUND


def test_a_temporary_directory_that_goes_away(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with Daemon(tmp_path / "d", f"TemporaryDirectory {gone}\n") as daemon:
        gone.rmdir()
        assert daemon.scan(bundle(40 << 20)) == FOUND
        assert daemon.scan(bytes(LARGE) + EVIL) in {
            FOUND,
            b"Error writing to temporary file ERROR\0",
        }
        assert daemon.scan(EVIL) == FOUND


def test_a_disk_without_room_for_the_log(tmp_path: Path) -> None:
    with small_disk(tmp_path / "log", "16K") as full:
        (full / "rest").write_bytes(bytes(12 << 10))
        with Daemon(tmp_path / "d", f"LogFile {full / 'log'}\nLogClean yes\n") as daemon:
            with contextlib.suppress(OSError):
                (full / "more").write_bytes(bytes(16 << 10))
            for number in range(200):
                assert daemon.scan(b"harmless %d" % number) == OK
            assert daemon.scan(EVIL) == FOUND


# Files that change, and files that cannot be read.


def test_a_file_that_shrinks_while_it_is_scanned(daemon: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "changing"
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            path.write_bytes(os.urandom(1 << 16) * 64)
            os.truncate(path, 100)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        until(path.exists)
        for _ in range(30):
            answer = daemon.ask(b"zSCAN %b\0" % bytes(path))
            assert answer.endswith((b" OK\0", b" ERROR\0"))
    finally:
        stop.set()
        thread.join()
    assert daemon.scan(EVIL) == FOUND


def test_descriptors_that_are_no_files(daemon: Daemon) -> None:
    reading, writing = os.pipe()
    folder = os.open("/", os.O_RDONLY)
    only = os.open(os.devnull, os.O_WRONLY)
    for fd in (reading, writing, folder, only):
        answer = daemon.ask(b"zFILDES\0", (b"x", [fd]))
        assert answer.endswith((b" ERROR\0", b" OK\0")), answer
        os.close(fd)
    assert daemon.scan(EVIL) == FOUND


# Memory.


def test_a_worker_without_memory(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "MaxThreads 1\n") as daemon:
        (worker,) = daemon.workers()
        mapped = int(Path(f"/proc/{worker}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(worker, resource.RLIMIT_AS, (mapped + (1 << 20), resource.RLIM_INFINITY))
        answer = daemon.scan(bundle(90 << 20))
        assert answer in {FOUND, OK, b"stream: Process aborted ERROR\0"}
        if answer == OK:
            assert daemon.stats()["incomplete"] == "1"
        until(lambda: daemon.scan(EVIL) == FOUND)
        until(lambda: daemon.scan(bundle(90 << 20)) == FOUND)


# Processes.


def test_all_workers_die_at_once(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        with load(daemon, 8) as answers:
            time.sleep(0.3)
            workers = daemon.workers()
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            done = len(answers)
            until(lambda: len(answers) > done + 200)
        wrong = [answer for answer in answers if answer not in {FOUND, OK}]
        assert len(wrong) <= len(workers)
        assert set(wrong) <= {b"stream: Process aborted ERROR\0"}


def test_an_idle_worker_dies(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        workers = daemon.workers()
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        assert [daemon.scan(b"harmless %d" % number) for number in range(10)] == [OK] * 10


def test_a_zygote_that_hangs_leaves_the_workers_that_there_are(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        assert daemon.scan(b"harmless") == OK  # so that the daemon knows of a worker
        (zygote,) = daemon.zygotes()
        os.kill(zygote, signal.SIGSTOP)
        assert [daemon.scan(b"harmless %d" % number) for number in range(50)] == [OK] * 50
        os.kill(zygote, signal.SIGCONT)
        assert daemon.scan(EVIL) == FOUND


def _second(daemon: Daemon, zygote: int) -> list[int]:
    return [pid for pid in daemon.zygotes() if pid != zygote]


def test_a_load_that_dies_changes_nothing(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        (zygote,) = daemon.zygotes()
        lines = "".join(f"{number:032x}:{number + 1}:N{number}\n" for number in range(400_000))
        (daemon.folder / "database" / "many.hdb").write_text(lines)
        assert daemon.ask(b"zRELOAD\0") == b"RELOADING\0"
        until(partial(_second, daemon, zygote))
        for pid in _second(daemon, zygote):
            os.kill(pid, signal.SIGKILL)
        until(lambda: "Database reload failed, keeping the previous instance" in daemon.log)
        assert daemon.scan(EVIL) == FOUND
        assert daemon.ask(b"zRELOAD\0") == b"RELOADING\0"
        until(lambda: "Database correctly reloaded (400001 signatures)" in daemon.log)
        assert daemon.scan(EVIL) == FOUND


def test_many_reloads_are_two(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        assert {daemon.ask(b"zRELOAD\0") for _ in range(20)} == {b"RELOADING\0"}
        until(lambda: daemon.log.count("Activating the newly loaded database") > 1)
        assert daemon.scan(EVIL) == FOUND
        assert len(daemon.zygotes()) <= 2
        assert daemon.log.count("Reading databases from") <= 21


def test_an_end_in_the_middle_of_a_reload(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        assert daemon.ask(b"zRELOAD\0") == b"RELOADING\0"
        assert daemon.end() == 0
        assert not Path(daemon.path).exists()


def test_an_end_that_is_asked_for_twice(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        client = daemon.connect()
        send(client, stream(EVIL)[:-4])
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.send_signal(signal.SIGTERM)
        send(client, stream(EVIL)[-4:])
        assert client.recv(100) == FOUND
        client.close()
        assert daemon.process.wait(SECONDS) == 0


# The clock.


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    """By a day, there and back: deadlines do not depend on it."""
    flag = tmp_path / "tomorrow"
    jump = (
        "import os, time; now = time.time; "
        f"time.time = lambda: now() + 86400 * os.path.exists({str(flag)!r}); {OURS[2]}"
    )
    command = (sys.executable, "-c", jump)
    with Daemon(tmp_path / "d", "MaxScanTime 5000\nSelfCheck 1\n", command=command) as daemon:
        with load(daemon) as answers, daemon.connect() as client:
            send(client, stream(EVIL)[:-4])
            for _ in range(3):
                flag.touch()
                time.sleep(0.3)
                flag.unlink()
                time.sleep(0.3)
            send(client, stream(EVIL)[-4:])
            assert client.recv(100) == FOUND
        assert set(answers) == {FOUND, OK}


# Clients, many of them.


def test_a_flood_of_connections(daemon: Daemon) -> None:
    for _ in range(2000):
        daemon.connect().close()
    assert daemon.ask(b"zPING\0") == b"PONG\0"
    assert daemon.scan(EVIL) == FOUND


def test_sizes_of_chunks_that_lie(daemon: Daemon) -> None:
    for size in (0xFFFFFFFF, 0x80000000, 0x7FFFFFFF):
        answer = daemon.ask(b"zINSTREAM\0" + struct.pack(">I", size) + EVIL)
        assert answer == b"INSTREAM size limit exceeded. ERROR\0"
    assert daemon.scan(EVIL) == FOUND


def test_a_session_that_is_left_with_much_to_do(daemon: Daemon) -> None:
    for _ in range(5):
        with daemon.connect() as client:
            send(client, b"zIDSESSION\0" + stream(EVIL) * 200)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert daemon.scan(EVIL) == FOUND
    with daemon.connect() as client:
        send(client, b"zIDSESSION\0" + stream(EVIL))
        assert client.recv(100) == f"1: stream: {NAME} FOUND\0".encode()


# The database.


def test_a_database_that_rots_is_mended_while_scans_go_on(tmp_path: Path) -> None:
    data = database(tmp_path / "database")
    generations = Generations(data)
    generations.home.mkdir(exist_ok=True)
    content = next(data.glob("*.ndb")).read_bytes()
    for _ in range(2):
        candidate = generations.begin()
        (candidate / "rotting.ndb").write_bytes(content)
        generations.activate(candidate)
    with Daemon(tmp_path / "d", "SelfCheck 1\n", data=data) as daemon:
        path = data / "rotting.ndb"
        with path.open("r+b") as file:
            file.seek(30)
            file.write(b"#")
        until(lambda: "rotting.ndb: was damaged; replaced by the copy in" in daemon.log)
        until(lambda: path.read_bytes() == content)
        assert daemon.scan(b"harmless") == OK
