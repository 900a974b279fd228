"""What clients of clamd feel when something else goes on: nacre's and ClamAV's, in one run.

    python benchmarks/strain.py -d DATABASE [--peer /usr/sbin/clamd] [--only idle,reload]

Starts each daemon anew for each case, with MaxThreads 4 and DisableCache, on a Unix socket:

idle    500 clients that say nothing and 200 that send one byte a second; how long PING takes
heavy   four clients that send worst-case inputs, one after the other; how long 1 KB takes
reload  8 clients send 8,000 times 1 KB, and RELOAD comes in the middle; lost answers, memory
term    8 clients have each sent 5 MB when SIGTERM comes; lost answers
kill    8 clients send 1 KB; one worker is killed with signal 9 (nacre only); lost answers, and when
        there is another
front   the daemon is killed with signal 9 and started again; what is left behind, how long it takes

Every answer is checked, and one request in a hundred carries EICAR; DATABASE needs a signature that
finds it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import random
import shutil
import signal
import socket
import struct
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from load import Cell, Daemon, Result, instream, one_each, payload, right, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.sharedctypes import Synchronized

IDLE, DRIPS = 500, 200
REQUESTS = 8_000
CLIENTS = 8
SMALL = Cell(1 << 10, CLIENTS)
LARGE = Cell(5 << 20, CLIENTS)
PATIENCE = 120
"""Seconds after which an answer is lost."""


# Worst-case inputs, after those of reliability tests: small to send, long to scan.


def nested_zips(width: int = 16, depth: int = 4) -> bytes:
    """Zips of zips, every member another, and at the bottom a megabyte of zeros."""
    draw = random.Random(1)
    members = [draw.randbytes(32) + bytes(1 << 20) for _ in range(width)]
    for _ in range(depth):
        bundle = io.BytesIO()
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, member in enumerate(members):
                archive.writestr(f"{number}", member)
        whole = bundle.getvalue()
        members = [draw.randbytes(8) + whole for _ in range(width)]
    return whole


def many_streams(count: int = 20_000) -> bytes:
    """A PDF of as many compressed objects."""
    out = bytearray(b"%PDF-1.5\n")
    for number in range(count):
        packed = zlib.compress(b"%d " % number * 20)
        out += b"%d 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n" % (number + 1, len(packed))
        out += packed + b"\nendstream\nendobj\n"
    return bytes(out + b"trailer<</Size 1>>\n%%EOF\n")


def many_parts(count: int = 100_000) -> bytes:
    """A mail of as many parts."""
    head = b"From: a@example.org\r\nMIME-Version: 1.0\r\n"
    head += b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    part = b"--b\r\nContent-Type: text/plain\r\n\r\n%d\r\n"
    return head + b"".join(part % number for number in range(count)) + b"--b--\r\n"


def many_files(count: int = 100_000) -> bytes:
    """A tar of as many files."""
    bundle = io.BytesIO()
    with tarfile.open(fileobj=bundle, mode="w") as archive:
        for number in range(count):
            data = b"%d" % number
            member = tarfile.TarInfo(f"{number}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return zlib.compress(bundle.getvalue(), 1, 31)


HEAVY: tuple[Callable[[], bytes], ...] = (nested_zips, many_streams, many_parts, many_files)


# What is measured.


class Load:
    """Clients that ask one request after the other, in threads, until told to stop."""

    def __init__(self, path: str, cell: Cell, seconds: float) -> None:
        self.results = [Result() for _ in range(cell.clients)]
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(
                target=one_each,
                args=(path, cell, number * 1_000_003, self._began + seconds, result),
            )
            for number, result in enumerate(self.results)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self) -> Result:
        for thread in self._threads:
            thread.join()
        whole = Result(time.monotonic() - self._began)
        for result in self.results:
            whole.times += result.times
            whole.wrong += result.wrong
        return whole


def ask(path: str, command: bytes, seconds: float = PATIENCE) -> float:
    """Milliseconds until `command` is answered, or nobody waits for it any longer."""
    began = time.perf_counter()
    with connected(path, seconds) as client, contextlib.suppress(OSError):
        client.sendall(command)
        client.recv(4096)
    return (time.perf_counter() - began) * 1000


def connected(path: str, seconds: float = PATIENCE) -> socket.socket:
    """A client, which waits for its place among those that wait; OSError after so long."""
    until = time.monotonic() + seconds
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(seconds)
    while True:
        try:
            client.connect(path)
        except BlockingIOError:  # the backlog is full
            if time.monotonic() > until:
                client.close()
                raise
            time.sleep(0.001)
        else:
            return client


def idle(daemon: Daemon, seconds: float) -> str:
    """PING among clients that do nothing, or next to nothing."""
    stop = threading.Event()
    clients: list[socket.socket] = []

    def drip() -> None:
        dripping = list(several(daemon.path, DRIPS))
        for client in dripping:
            with contextlib.suppress(OSError):
                client.sendall(b"zINSTREAM\0" + struct.pack(">I", 1 << 20))
        clients.extend(dripping)
        while not stop.wait(1):
            for client in dripping:
                with contextlib.suppress(OSError):
                    client.send(b"x", socket.MSG_DONTWAIT)

    clients += several(daemon.path, IDLE)
    thread = threading.Thread(target=drip)
    thread.start()
    time.sleep(2)
    result = Result()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        result.times.append(ask(daemon.path, b"zPING\0"))
        time.sleep(0.005)
    opened = len(clients)
    stop.set()
    thread.join()
    for client in clients:
        client.close()
    return (
        f"{opened} of {IDLE + DRIPS} connected, {len(result.times)} PING: "
        f"p50 {result.percentile(0.5):.2f}  p99 {result.percentile(0.99):.2f} ms"
    )


def several(path: str, count: int) -> Iterator[socket.socket]:
    """So many clients, or as many as come in in ten seconds."""
    until = time.monotonic() + 10
    with contextlib.suppress(OSError):
        for _ in range(count):
            yield connected(path, max(0.01, until - time.monotonic()))


def heavy(daemon: Daemon, seconds: float) -> str:
    """Small scans beside worst-case ones."""
    stop = threading.Event()
    done = [0] * len(HEAVY)

    def send(number: int, data: bytes) -> None:
        request = instream(data)
        while not stop.is_set():
            ask(daemon.path, request, seconds + PATIENCE)
            done[number] += 1

    threads = [
        threading.Thread(target=send, args=(number, make()), daemon=True)
        for number, make in enumerate(HEAVY)
    ]
    for thread in threads:
        thread.start()
    time.sleep(2)
    load = Load(daemon.path, Cell(1 << 10, 4), seconds)
    pings = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pings.append(ask(daemon.path, b"zPING\0", seconds))
        time.sleep(0.05)
    result = load.wait()
    stop.set()
    pings.sort()
    return (
        f"{result.rate:.0f}/s  p50 {result.percentile(0.5):.2f}  p99 {result.percentile(0.99):.2f}"
        f"  max {result.percentile(1):.0f} ms  wrong {result.wrong}"
        f"  PING p99 {pings[int(len(pings) * 0.99)]:.2f} ms"
        f"  heavy ones done {sum(done)}"
    )


def reload(daemon: Daemon, seconds: float) -> str:
    """8,000 requests and a RELOAD in the middle."""
    Load(daemon.path, SMALL, 2).wait()
    before = daemon.memory()[1]
    highest = multiprocessing.Value("i", before)
    sampling = multiprocessing.Process(target=sample, args=(daemon, highest), daemon=True)
    sampling.start()  # a process of its own: threads would wait for those that ask
    load = Load(daemon.path, SMALL, seconds)
    time.sleep(seconds / 4)
    ask(daemon.path, b"zRELOAD\0")
    result = load.wait()
    while len(result.times) < REQUESTS:
        more = Load(daemon.path, SMALL, seconds).wait()
        result.times += more.times
        result.wrong += more.wrong
    sampling.terminate()
    after = daemon.memory()[1]
    return (
        f"{len(result.times)} requests, wrong {result.wrong}, p99 {result.percentile(0.99):.1f}, "
        f"max {result.percentile(1):.0f} ms; anonymous memory {before} MiB, at most "
        f"{highest.value} ({highest.value / before:.2f} times), then {after}"
    )


def sample(daemon: Daemon, highest: Synchronized[int]) -> None:
    """Note the most anonymous memory that there ever is."""
    while True:
        highest.value = max(highest.value, daemon.memory()[1])


def term(daemon: Daemon, _seconds: float) -> str:
    """SIGTERM while all have sent their request."""
    answers: list[bytes] = []

    def send(number: int) -> None:
        data, _ = payload(LARGE, number)
        with socket.socket(socket.AF_UNIX) as client:
            answer = b""
            with contextlib.suppress(OSError):
                client.settimeout(PATIENCE)
                client.connect(daemon.path)
                client.sendall(instream(data))
                sent.release()
                answer = client.recv(4096)
            answers.append(answer)

    sent = threading.Semaphore(0)
    threads = [threading.Thread(target=send, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for _ in threads:
        sent.acquire()
    began = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    daemon.process.wait(PATIENCE)
    lost = sum(not right(answer, infected=False) for answer in answers)
    return f"{lost} of {CLIENTS} lost; ended after {time.monotonic() - began:.2f} s"


def kill(daemon: Daemon, seconds: float) -> str:
    """Workers are killed under load, one at a time."""
    load = Load(daemon.path, SMALL, seconds)
    times = []
    until = time.monotonic() + seconds
    while time.monotonic() < until - 1:
        time.sleep(0.5)
        workers = leaves(daemon.process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(random.choice(workers), signal.SIGKILL)
            began = time.perf_counter()
            while len(set(leaves(daemon.process.pid)) - set(workers)) == 0:
                time.sleep(0.001)
            times.append((time.perf_counter() - began) * 1000)
    result = load.wait()
    return (
        f"{len(times)} killed, {result.wrong} of {len(result.times)} answers wrong; "
        f"another after {max(times):.1f} ms at most; p99 {result.percentile(0.99):.1f} ms"
    )


def front(daemon: Daemon, _seconds: float) -> str:
    """The daemon is killed under load, and started again."""
    load = Load(daemon.path, LARGE, 1.5)
    time.sleep(1)
    daemon.process.kill()
    load.wait()
    daemon.process.wait()
    began = time.monotonic()
    left = list(left_behind(Path(daemon.path).parent))
    again = Daemon(daemon.program, daemon.database, Path(daemon.path).parent, daemon.extra)
    took = time.monotonic() - began
    still = list(left_behind(Path(daemon.path).parent))
    right_ = ask(again.path, b"zPING\0")
    again.stop()
    return (
        f"answers again after {took:.2f} s (PING {right_:.1f} ms); left behind {sum(left) >> 20} "
        f"MiB in {len(left)} files, after the restart {sum(still) >> 20} MiB in {len(still)}"
    )


def left_behind(folder: Path) -> Iterator[int]:
    """Sizes of temporary files."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in {"clamd.conf", "log"}:
            yield path.stat().st_size


def leaves(pid: int) -> list[int]:
    """The processes below `pid` that have none below them."""
    found = []
    for one in tree(pid)[1:]:
        try:
            below = Path(f"/proc/{one}/task/{one}/children").read_text()
        except OSError:
            continue
        if not below:
            found.append(one)
    return found


CASES: dict[str, Callable[[Daemon, float], str]] = {
    case.__name__: case for case in (idle, heavy, reload, term, kill, front)
}
OWN = {"kill"}
"""ClamAV has no workers."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-d", "--database", type=Path, required=True)
    parser.add_argument("--nacre", default=shutil.which("clamd", path=Path(sys.executable).parent))
    parser.add_argument("--peer", default="/usr/sbin/clamd")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", default=",".join(CASES))
    arguments = parser.parse_args()
    programs = {"nacre": [arguments.nacre]}
    if arguments.peer and Path(arguments.peer).exists():
        programs["ClamAV"] = [arguments.peer]
    with tempfile.TemporaryDirectory(prefix="strain-") as folder:
        for case in arguments.only.split(","):
            for name, program in programs.items():
                if case in OWN and name != "nacre":
                    continue
                place = Path(folder) / f"{case}-{name}"
                place.mkdir()
                daemon = Daemon(program, arguments.database, place, "DisableCache yes\n")
                said = CASES[case](daemon, arguments.seconds)
                print(f"{case:7} {name:7} {said}", flush=True)
                if daemon.process.poll() is None:
                    daemon.process.kill()
                    daemon.process.wait()


if __name__ == "__main__":
    main()
