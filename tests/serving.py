"""A clamd for a test: a real process in a folder of its own, and clients to talk to it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

EVIL = b"evil-payload-for-the-daemon"
NAME = "Evil.UNOFFICIAL"
FOUND = f"stream: {NAME} FOUND\0".encode()
OK = b"stream: OK\0"
SECONDS = 30

Packet = bytes | tuple[bytes, list[int]]
"""What is sent at once; with descriptors."""

OURS = (sys.executable, "-c", "import sys; from nacre.cli.main import clamd; sys.exit(clamd())")


def database(folder: Path) -> Path:
    """A folder with one signature, which finds `EVIL`."""
    folder.mkdir(exist_ok=True)
    (folder / "x.ndb").write_text(f"Evil:0:*:{EVIL.hex()}\n")
    return folder


def chunk(data: bytes) -> bytes:
    """One chunk of a stream; empty, its end."""
    return struct.pack(">I", len(data)) + data


def stream(data: bytes) -> bytes:
    """All that asks for a scan of `data`."""
    return b"zINSTREAM\0" + chunk(data) + chunk(b"")


@contextlib.contextmanager
def load(daemon: Daemon, clients: int = 4) -> Iterator[list[bytes]]:
    """So many clients, one scan after the other; gives their answers as they come."""
    answers: list[bytes] = []
    stop = threading.Event()

    def scan() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            answers.append(daemon.scan(EVIL if number % 10 == 0 else b"harmless %d" % number))

    threads = [threading.Thread(target=scan) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join(SECONDS)


@dataclass
class Daemon:
    """A running clamd. A context manager."""

    folder: Path
    settings: str = ""
    command: Sequence[str] = OURS
    data: Path | None = None
    """Of the database; a new folder if None."""
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def path(self) -> str:
        return str(self.folder / "socket")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS)

    def start(self) -> None:
        data = self.data or database(self.folder / "database")
        (self.folder / "clamd.conf").write_text(
            f"LocalSocket {self.path}\nDatabaseDirectory {data}\nForeground yes\n"
            f"LogFile {self.folder / 'log'}\nPidFile {self.folder / 'pid'}\n"
            f"TemporaryDirectory {self.folder}\n{self.settings}"
        )
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [*self.command_line(), "-c", str(self.folder / "clamd.conf")],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")},
            )
        ending = time.monotonic() + SECONDS
        while True:
            try:
                if self.ask(b"zPING\0") == b"PONG\0":
                    return
            except OSError:
                pass
            assert self.process.poll() is None, (self.folder / "output").read_text()
            assert time.monotonic() < ending, (self.folder / "output").read_text()
            time.sleep(0.02)

    def command_line(self) -> Sequence[str]:
        """The program, without the name of its settings."""
        return self.command

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(SECONDS)
        try:
            while True:
                try:
                    client.connect(self.path)
                except BlockingIOError:
                    time.sleep(0.01)  # so many others are waiting
                else:
                    return client
        except BaseException:
            client.close()
            raise

    def ask(self, *packets: Packet, pause: float = 0.05) -> bytes:
        """Send `packets`, one after the other, and read until the daemon closes."""
        with self.connect() as client:
            for number, packet in enumerate(packets):
                if number:
                    time.sleep(pause)
                send(client, packet)
            return read(client)

    def scan(self, data: bytes) -> bytes:
        return self.ask(stream(data))

    def stats(self) -> dict[str, str]:
        """The counters of the line that is nacre's own."""
        text = self.ask(b"nSTATS\n").decode()
        line = next(line for line in text.splitlines() if line.startswith("NACRE: "))
        words = line.split()[1:]
        return dict(zip(words[::2], words[1::2], strict=True))

    def children(self) -> list[int]:
        """All processes below the daemon's."""
        found = [self.process.pid]
        for pid in found:
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
            except OSError:
                pass
        return found[1:]

    def zygotes(self) -> list[int]:
        """The processes that fork workers: one, two during a reload."""
        return [pid for pid in self.children() if parent_of(pid) == self.seed]

    def workers(self) -> list[int]:
        """The processes that scan. The first of them may come a little after the first PONG."""
        ending = time.monotonic() + SECONDS
        while True:
            zygotes = self.zygotes()
            found = [pid for pid in self.children() if parent_of(pid) in zygotes]
            if found:
                return found
            assert time.monotonic() < ending
            time.sleep(0.01)

    @property
    def seed(self) -> int:
        """The process that forks all others."""
        return next(pid for pid in self.children() if parent_of(pid) == self.process.pid)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


def parent_of(pid: int) -> int:
    """The process that forked `pid`; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(text.rpartition(") ")[2].split()[1])


def send(client: socket.socket, packet: Packet) -> None:
    """Send one packet, whether or not the daemon still listens."""
    try:
        if isinstance(packet, tuple):
            socket.send_fds(client, [packet[0]], packet[1])
        else:
            client.sendall(packet)
    except (BrokenPipeError, ConnectionResetError):
        pass


def read(client: socket.socket) -> bytes:
    """All that comes until the end."""
    answer = b""
    try:
        while piece := client.recv(1 << 16):
            answer += piece
    except ConnectionResetError:
        pass
    return answer


def until(true: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until `true()` is."""
    ending = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ending
        time.sleep(0.02)
