"""What can go wrong around a daemon, and what it may cost."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from serving import (
    EVIL,
    FOUND,
    OK,
    SECONDS,
    Daemon,
    chunk,
    database,
    load,
    read,
    send,
    stream,
    until,
)

TIMED_OUT = b"COMMAND READ TIMED OUT\n"


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _replaced(daemon: Daemon, worker: int) -> bool:
    workers = daemon.workers()
    return worker not in workers and len(workers) > 1


def _known(daemon: Daemon, data: bytes) -> bool:
    return b"New" in daemon.scan(data)


# Clients that are slow, or rude.


def test_idle_clients_delay_nobody(daemon: Daemon) -> None:
    idle = [daemon.connect() for _ in range(150)]
    try:
        assert daemon.scan(EVIL) == FOUND
        assert daemon.ask(b"zPING\0") == b"PONG\0"
    finally:
        for client in idle:
            client.close()


def test_idle_clients_are_told_that_time_is_over(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "CommandReadTimeout 1\nReadTimeout 1\n") as daemon:
        assert daemon.ask() == TIMED_OUT
        assert daemon.ask(b"zPI") == TIMED_OUT
        assert daemon.ask(b"zINSTREAM\0" + chunk(EVIL)) == TIMED_OUT
        assert daemon.ask(b"zIDSESSION\0zPING\0") == b"1: PONG\0" + TIMED_OUT


def test_a_client_that_drips_is_cut(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "ReadTimeout 1\nCommandReadTimeout 1\n") as daemon:
        began = time.monotonic()
        with daemon.connect() as client:
            client.settimeout(0.2)
            send(client, b"zINSTREAM\0" + struct.pack(">I", 1000))
            answer = b""
            while not answer and time.monotonic() - began < SECONDS:
                send(client, b"x")
                try:
                    answer = client.recv(100)
                except TimeoutError:
                    continue
        assert answer == TIMED_OUT
        with daemon.connect() as client:
            client.settimeout(0.2)
            answer = b""
            while not answer and time.monotonic() - began < SECONDS:
                send(client, b"P")
                try:
                    answer = client.recv(100)
                except TimeoutError:
                    continue
        assert answer.endswith((TIMED_OUT, b"UNKNOWN COMMAND\n"))


def test_clients_that_vanish_leave_nothing(daemon: Daemon) -> None:
    daemon.scan(EVIL)
    before = _descriptors(daemon.process.pid)
    for number in range(200):
        client = daemon.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        send(client, stream(EVIL)[: 5 + number % 40])
        client.close()
    for _ in range(50):
        client = daemon.connect()
        send(client, stream(EVIL))
        client.close()
    # There may be more workers than before, each with a descriptor.
    until(lambda: _descriptors(daemon.process.pid) <= before + 10)
    assert daemon.scan(EVIL) == FOUND


def test_a_client_that_reads_nothing_is_given_up(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "SendBufTimeout 200\n") as daemon:
        with daemon.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            client.settimeout(1)
            with contextlib.suppress(OSError):
                client.sendall(b"nIDSESSION\n" + b"nVERSIONCOMMANDS\n" * 20_000)
            assert daemon.scan(EVIL) == FOUND
        until(lambda: _descriptors(daemon.process.pid) < 40)


def test_half_closed_clients_get_their_answer(daemon: Daemon) -> None:
    with daemon.connect() as client:
        send(client, stream(EVIL))
        client.shutdown(socket.SHUT_WR)
        assert read(client) == FOUND


def test_too_long_a_command_ends_the_connection(daemon: Daemon) -> None:
    assert daemon.ask(b"z" + b"A" * 100_000) == b""
    assert daemon.ask(b"zSCAN " + b"/a" * 2000 + b"\0").endswith(b" ERROR\0")


def test_descriptors_that_nobody_asked_for_are_closed(daemon: Daemon) -> None:
    before = _descriptors(daemon.process.pid)
    fd = os.open(__file__, os.O_RDONLY)
    with daemon.connect() as client:
        for _ in range(100):
            send(client, (b"z", [fd, fd, fd, fd]))
    os.close(fd)
    until(lambda: _descriptors(daemon.process.pid) <= before + 10)  # workers come and go


def test_no_descriptors_left_is_a_pause(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        used = _descriptors(daemon.process.pid)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (used + 20, used + 20))
        clients = [daemon.connect() for _ in range(40)]
        time.sleep(0.3)
        for client in clients:
            client.close()
        assert daemon.scan(EVIL) == FOUND


# Workers that die, hang, or are stopped.


def test_a_killed_worker_costs_one_request_at_most(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        with load(daemon) as answers:
            for _ in range(5):
                time.sleep(0.2)
                worker = daemon.workers()[0]
                with contextlib.suppress(ProcessLookupError):  # it may just have been replaced
                    os.kill(worker, signal.SIGKILL)
                until(partial(_replaced, daemon, worker))
        wrong = [answer for answer in answers if answer not in {FOUND, OK}]
        assert len(wrong) <= 5
        assert set(wrong) <= {b"stream: Process aborted ERROR\0"}


def test_a_stopped_worker_ends_at_its_deadline(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "MaxScanTime 100\nMaxThreads 1\n") as daemon:
        for worker in daemon.workers():
            os.kill(worker, signal.SIGSTOP)
        answers = [daemon.scan(b"harmless")]
        assert answers == [b"stream: Exceeded time limit ERROR\0"]
        until(lambda: daemon.scan(EVIL) == FOUND)


def test_the_zygote_may_die(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        (zygote,) = daemon.zygotes()
        os.kill(zygote, signal.SIGKILL)
        until(lambda: zygote not in daemon.children())
        until(lambda: daemon.scan(EVIL) == FOUND)
        until(lambda: "Database correctly reloaded" in daemon.log)
        assert daemon.scan(EVIL) == FOUND


def test_the_seed_may_die(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        os.kill(daemon.seed, signal.SIGKILL)
        assert daemon.scan(EVIL) == FOUND
        assert daemon.ask(b"zRELOAD\0") == b"RELOADING\0"
        until(lambda: "Database correctly reloaded" in daemon.log)
        assert daemon.scan(EVIL) == FOUND


# Databases that change, or are no good.


def _sign(daemon: Daemon, name: str, data: bytes) -> None:
    file = daemon.folder / "database" / f"{name}.ndb"
    file.write_text(f"{name}:0:*:{data.hex()}\n")


def test_a_reload_loses_nothing(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        with load(daemon) as answers:
            for number in range(5):
                data = b"new-payload-%d-for-all" % number
                _sign(daemon, f"New{number}", data)
                assert daemon.ask(b"zRELOAD\0") == b"RELOADING\0"
                until(partial(_known, daemon, data))
        assert set(answers) == {FOUND, OK}


def test_a_change_is_noticed(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "SelfCheck 1\n") as daemon:
        assert daemon.ask(b"nSELFCHECK\n") == b"DBUPTODATE\n"
        _sign(daemon, "New", b"new-payload-for-all")
        until(lambda: b"New.UNOFFICIAL" in daemon.scan(b"new-payload-for-all"))
        until(lambda: "SelfCheck: Database status OK." in daemon.log)
        assert "SelfCheck: Database modification detected. Forcing reload." in daemon.log


def test_usr2_reloads(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        _sign(daemon, "New", b"new-payload-for-all")
        daemon.process.send_signal(signal.SIGUSR2)
        until(lambda: b"New.UNOFFICIAL" in daemon.scan(b"new-payload-for-all"))


def test_a_broken_database_keeps_the_last_good_one(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        (daemon.folder / "database/broken.cvd").write_bytes(b"ClamAV-VDB:not really")
        daemon.ask(b"zRELOAD\0")
        until(lambda: "using the last good database" in daemon.log)
        assert daemon.scan(EVIL) == FOUND
        assert daemon.end() == 0
        daemon.start()
        assert daemon.scan(EVIL) == FOUND, "at the start as well"


def test_an_emptied_folder_keeps_the_last_good_one(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        (daemon.folder / "database/x.ndb").unlink()
        daemon.ask(b"zRELOAD\0")
        until(lambda: "using the last good database" in daemon.log)
        assert daemon.scan(EVIL) == FOUND


def test_malformed_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        with (daemon.folder / "database/x.ndb").open("a") as file:
            file.write("nonsense\nAlso:0:*:zz\n")
        daemon.ask(b"zRELOAD\0")
        until(lambda: daemon.stats()["malformed"] == "2")
        assert "x.ndb:2" in daemon.log
        assert daemon.scan(EVIL) == FOUND


def test_without_any_database_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), Daemon(tmp_path / "d", data=tmp_path / "nowhere"):
        pass


# The end, and the beginning after it.


def test_sigterm_finishes_what_was_begun(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        clients = [daemon.connect() for _ in range(8)]
        for client in clients:
            send(client, stream(EVIL)[:-10])
        idle = daemon.connect()
        time.sleep(0.2)
        daemon.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        for client in clients:
            send(client, stream(EVIL)[-10:])
        assert [read(client) for client in clients] == [FOUND] * 8
        assert read(idle) == b""
        for client in (*clients, idle):
            client.close()
        assert daemon.process.wait(SECONDS) == 0
        assert "Socket file removed." in daemon.log
        assert "--- Stopped at " in daemon.log
        assert not Path(daemon.path).exists()
        assert not (daemon.folder / "pid").exists()


def test_shutdown_ends_it(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        assert daemon.ask(b"SHUTDOWN\n") == b""
        assert daemon.process.wait(SECONDS) == 0
        until(lambda: not daemon.children())


def test_a_killed_front_leaves_nothing_that_matters(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        children = daemon.children()
        client = daemon.connect()
        send(client, stream(EVIL)[:-5])
        daemon.process.kill()
        daemon.process.wait(SECONDS)
        client.close()
        until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in children))
        daemon.start()
        assert daemon.scan(EVIL) == FOUND
        assert (daemon.folder / "pid").read_text().strip() == str(daemon.process.pid)
        known = {"clamd.conf", "database", "log", "output", "pid", "socket", "cache"}
        assert {path.name for path in daemon.folder.iterdir()} <= known


def test_a_second_daemon_does_not_take_the_socket(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "LogFileUnlock yes\n") as daemon:
        second = Daemon(tmp_path / "d", "LogFileUnlock yes\n")
        first = daemon.process
        second.command = (*second.command, "--pid", str(tmp_path / "other"))
        second.start()  # the first one answers
        assert second.process.wait(SECONDS) == 1
        assert first.poll() is None
        assert daemon.scan(EVIL) == FOUND


def test_hup_begins_a_new_log(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d") as daemon:
        log = daemon.folder / "log"
        log.rename(daemon.folder / "log.1")
        daemon.process.send_signal(signal.SIGHUP)
        until(log.exists)
        daemon.scan(EVIL)
        until(lambda: "FOUND" in daemon.log)


def test_a_full_log_stops_nothing(tmp_path: Path) -> None:
    with Daemon(tmp_path / "d", "LogFileMaxSize 2K\n") as daemon:
        for _ in range(20):
            assert daemon.scan(EVIL) == FOUND
        assert len(daemon.log) < 10_000


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Nonsense yes", "Unknown option Nonsense"),
        ("MaxThreads many", "Incorrect argument format for option MaxThreads"),
        ("VirusEvent /bin/echo %v", "write a script"),
        ("VirusEvent /bin/true; /bin/false", "write a script"),
        ("LocalSocketMode 9", "LocalSocketMode"),
        ("ExcludePath (", "ExcludePath"),
        ("User nobody-of-that-name", "nobody-of-that-name"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, line: str, words: str) -> None:
    daemon = Daemon(tmp_path / "d", f"{line}\n")
    daemon.folder.mkdir()
    with pytest.raises(AssertionError) as caught:
        daemon.start()
    assert words in str(caught.value)
    assert daemon.process.wait(SECONDS) == 1


def test_systemd_hands_over_its_socket(tmp_path: Path) -> None:
    """As systemd does it: descriptor 3, LISTEN_PID, and a socket to hear that it is ready."""
    folder = tmp_path / "d"
    folder.mkdir()
    with (
        socket.socket(socket.AF_UNIX) as listening,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
    ):
        listening.bind(str(folder / "socket"))
        listening.listen()
        notify.bind(str(folder / "notify"))
        notify.settimeout(SECONDS)
        os.environ["NOTIFY_SOCKET"] = str(folder / "notify")
        start = (
            "import os, sys; os.dup2(int(sys.argv.pop(1)), 3); "
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
            "from nacre.cli.main import clamd; sys.exit(clamd())"
        )
        database(folder / "database")
        (folder / "clamd.conf").write_text(
            f"DatabaseDirectory {folder}/database\nForeground yes\nTemporaryDirectory {folder}\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", start, str(listening.fileno()), "-c", f"{folder}/clamd.conf"],
            pass_fds=[listening.fileno()],
            stdout=subprocess.DEVNULL,
        )
        try:
            assert notify.recv(100) == b"READY=1"
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(SECONDS)
                client.connect(str(folder / "socket"))
                send(client, stream(EVIL))
                assert read(client) == FOUND
            process.terminate()
            assert process.wait(SECONDS) == 0
            assert (folder / "socket").exists(), "it is systemd's"
        finally:
            os.environ.pop("NOTIFY_SOCKET")
            process.kill()
            process.wait(SECONDS)
