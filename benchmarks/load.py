"""Load on clamd: nacre's and ClamAV's, one after the other, in one run.

    python benchmarks/load.py -d DATABASE [--peer /usr/sbin/clamd] [--seconds 10] [--only 1k-8,idle]

Starts each daemon on a Unix socket in a folder of its own, with MaxThreads 4 and DisableCache, and
asks it as many clients do: one connection for each request, random payload, every answer checked;
one request in a hundred carries EICAR and must be FOUND. Prints requests a second, percentiles, and
the ratio to the peer. DATABASE needs a signature that finds EICAR.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from _socket import socket as plain_socket
from dataclasses import dataclass, field
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
INFECTED_EVERY = 100
_POOL = os.urandom(8 << 20)


@dataclass(frozen=True)
class Cell:
    """One way to ask."""

    size: int
    clients: int
    cached: bool = False
    session: int = 0
    """Commands in one IDSESSION; 0: one connection for each."""


CELLS = {
    "1k-1": Cell(1 << 10, 1),
    "1k-8": Cell(1 << 10, 8),
    "1k-64": Cell(1 << 10, 64),
    "100k-8": Cell(100 << 10, 8),
    "5m-8": Cell(5 << 20, 8),
    "session": Cell(1 << 10, 1, session=100),
    "cached": Cell(15, 8, cached=True),
}


@dataclass
class Result:
    """What a cell measured; times in milliseconds."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: int = 0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    def line(self, name: str, cell: Cell) -> str:
        """The result as a row."""
        speed = self.rate * cell.size / 1e6
        median, last = self.percentile(0.5), self.percentile(0.99)
        row = f"  {name:8} {self.rate:8.0f}/s {speed:7.1f} MB/s"
        return f"{row}  p50 {median:8.2f}  p99 {last:8.2f} ms  wrong {self.wrong}"

    def percentile(self, share: float) -> float:
        times = sorted(self.times)
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def payload(cell: Cell, number: int) -> tuple[bytes, bool]:
    """Bytes of one request, and whether they must be FOUND."""
    if number % INFECTED_EVERY == INFECTED_EVERY - 1:
        return EICAR, True
    if cell.cached:
        return b"fifteen letters"[: cell.size], False
    start = number * 7919 % (len(_POOL) - cell.size)
    return struct.pack(">Q", number) + _POOL[start : start + cell.size - 8], False


def instream(data: bytes, end: bytes = b"z") -> bytes:
    """One INSTREAM command with its chunks."""
    return end + b"INSTREAM\0" + struct.pack(">I", len(data)) + data + bytes(4)


def right(answer: bytes, *, infected: bool) -> bool:
    """Whether the verdict is the expected one."""
    return answer.endswith(b"FOUND\0") if infected else answer.endswith(b"stream: OK\0")


def one_each(path: str, cell: Cell, offset: int, until: float, result: Result) -> None:
    """Requests on a connection each, until the time is over."""
    number = offset
    while time.monotonic() < until:
        data, infected = payload(cell, number)
        request = instream(data)
        began = time.perf_counter()
        try:
            client = plain_socket(socket.AF_UNIX)  # the generator is to cost little
            client.connect(path)
            client.sendall(request)
            answer = client.recv(4096)
            client.close()
        except OSError:
            answer = b""
        result.times.append((time.perf_counter() - began) * 1000)
        result.wrong += not right(answer, infected=infected)
        number += 1


def session(path: str, cell: Cell, offset: int, until: float, result: Result) -> None:
    """Sessions of so many commands that are all sent before an answer is read."""
    number = offset
    while time.monotonic() < until:
        expected = {}
        request = bytearray(b"zIDSESSION\0")
        for position in range(1, cell.session + 1):
            data, infected = payload(cell, number)
            number += 1
            expected[position] = infected
            request += instream(data)
        request += b"zEND\0"
        began = time.perf_counter()
        answers = b""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(path)
            sender = threading.Thread(target=client.sendall, args=(bytes(request),))
            sender.start()
            while piece := client.recv(1 << 16):
                answers += piece
            sender.join()
        took = (time.perf_counter() - began) * 1000
        for answer in answers.split(b"\0")[:-1]:
            position, _, text = answer.partition(b": ")
            infected = expected.pop(int(position), None)
            result.wrong += infected is None or not right(text + b"\0", infected=infected)
            result.times.append(took)
        result.wrong += len(expected)


def measure(path: str, cell: Cell, seconds: float) -> Result:
    """Run one cell."""
    until = time.monotonic() + seconds
    work = session if cell.session else one_each
    results = [Result() for _ in range(cell.clients)]
    threads = [
        threading.Thread(target=work, args=(path, cell, number * 1_000_003, until, result))
        for number, result in enumerate(results)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Result(time.monotonic() - began)
    for result in results:
        whole.times += result.times
        whole.wrong += result.wrong
    return whole


class Daemon:
    """A clamd in a folder of its own."""

    def __init__(self, program: list[str], database: Path, folder: Path, extra: str) -> None:
        self.program, self.database, self.extra = program, database, extra
        folder.mkdir(exist_ok=True)
        self.path = str(folder / "socket")
        (folder / "clamd.conf").write_text(
            f"LocalSocket {self.path}\nDatabaseDirectory {database}\nForeground yes\nUser root\n"
            f"MaxThreads 4\nTemporaryDirectory {folder}\n{extra}"
        )
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*program, "-c", str(folder / "clamd.conf")],
            stdout=(folder / "log").open("w"),
            stderr=subprocess.STDOUT,
        )
        while not self.ping():
            if self.process.poll() is not None:
                sys.exit(f"{program} ended: {(folder / 'log').read_text()[-500:]}")
            time.sleep(0.02)
        self.started = time.monotonic() - began

    def ping(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(60)
                client.connect(self.path)
                client.sendall(b"zPING\0")
                return client.recv(16) == b"PONG\0"
        except OSError:
            return False

    def memory(self) -> tuple[int, int]:
        """Proportional and anonymous memory of the daemon and its children, in MiB."""
        total = anonymous = 0
        for pid in tree(self.process.pid):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            values = {
                line.split(":")[0]: int(line.split()[1])
                for line in text.splitlines()
                if line.endswith("kB")
            }
            total += values["Pss"]
            anonymous += values["Pss_Anon"]
        return total >> 10, anonymous >> 10

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            pass
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-d", "--database", type=Path, required=True)
    parser.add_argument("--nacre", default=shutil.which("clamd", path=Path(sys.executable).parent))
    parser.add_argument("--peer", default="/usr/sbin/clamd")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", default=",".join(CELLS))
    arguments = parser.parse_args()
    programs = {"nacre": [arguments.nacre]}
    if arguments.peer and Path(arguments.peer).exists():
        programs["ClamAV"] = [arguments.peer]
    rates: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        for name, program in programs.items():
            for cached in (False, True):
                chosen = [c for c in arguments.only.split(",") if CELLS[c].cached == cached]
                if not chosen:
                    continue
                place = Path(folder) / f"{name}-{cached}"
                daemon = Daemon(
                    program, arguments.database, place, "" if cached else "DisableCache yes\n"
                )
                print(f"{name}: started in {daemon.started:.2f} s")
                for cell in chosen:
                    measure(daemon.path, CELLS[cell], min(1, arguments.seconds))
                    result = measure(daemon.path, CELLS[cell], arguments.seconds)
                    rates.setdefault(cell, {})[name] = result.rate
                    print(result.line(cell, CELLS[cell]), flush=True)
                pss, anonymous = daemon.memory()
                print(f"  memory: PSS {pss} MiB, anonymous {anonymous} MiB")
                daemon.stop()
    for cell, rate in rates.items():
        if len(rate) > 1:
            print(f"{cell:8} {rate['nacre'] / rate['ClamAV']:5.2f} times")


if __name__ == "__main__":
    main()
