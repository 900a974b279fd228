"""A real `nacre onaccess` over a file system of the test's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from serving import EVIL, until

SECONDS = 60


@dataclass
class Guarded:
    """A running `nacre onaccess`. A context manager."""

    disk: Path
    work: Path
    """Elsewhere, for log, database and status."""
    words: tuple[str, ...] = ()
    settings: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] = field(init=False)

    @property
    def folder(self) -> Path:
        """What is protected."""
        return self.disk / "protected"

    @property
    def log(self) -> str:
        return (self.work / "log").read_text()

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        data = self.work / "data"
        data.mkdir(exist_ok=True)
        (data / "x.ndb").write_text(f"Evil:0:*:{EVIL.hex()}\n")
        config = self.work / "clamd.conf"
        config.write_text(f"LogFile {self.work / 'log'}\n{self.settings}")
        command = [sys.executable, "-m", "nacre.cli.main", "onaccess", str(self.folder)]
        command += ["-d", str(data), "--config-file", str(config), "--status-file"]
        command += [str(self.work / "status"), *self.words]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(self.work / "cache"), **self.environment},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "protected\n", line + self.process.stdout.read()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            finally:
                self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def workers(self) -> list[int]:
        """The processes that scan: below a zygote, which is below the seed."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [
                worker
                for seed in children(self.supervisor)
                for zygote in children(seed)
                for worker in children(zygote)
            ]
            return bool(found)

        until(look)
        return found

    @property
    def supervisor(self) -> int:
        """Whoever leads the session."""
        pid = self.process.pid
        return pid if os.getsid(pid) == pid else children(pid)[0]

    def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.work / "status").read_bytes())
        return found

    def reload(self) -> None:
        os.kill(self.supervisor, signal.SIGUSR2)


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def denied(path: Path) -> bool:
    """Whether it cannot be opened for reading."""
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError:
        return True
    return False


def timed(path: Path) -> tuple[bool, float]:
    """Whether it was denied, and how many seconds that took."""
    began = time.monotonic()
    return denied(path), time.monotonic() - began
