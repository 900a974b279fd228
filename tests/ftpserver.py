"""A host on the loopback that speaks as much FTP as a client of ours needs."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import proxying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Host:
    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    """By verb, what is said instead."""
    slow: float = 0
    """Seconds for each byte of a file."""
    cut: int | None = None
    """Bytes after which a file ends."""

    @property
    def url(self) -> str:
        return f"ftp://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        """One client, until it leaves."""
        client.sendall(self.answers.get("", b"220 here\r\n"))
        with socket.create_server(("127.0.0.1", 0)) as passive, client.makefile("rb") as lines:
            for line in lines:
                command = line.decode().strip()
                self.asked.append(command)
                verb, _, argument = command.partition(" ")
                if verb in self.answers:
                    client.sendall(self.answers[verb])
                elif verb == "RETR":
                    self._send(client, passive, argument)
                else:
                    client.sendall(self._said(verb, argument, passive.getsockname()[1]))

    def _said(self, verb: str, argument: str, port: int) -> bytes:
        file = self.folder / argument
        if verb in {"SIZE", "MDTM"}:
            if not file.is_file():
                return b"550 no such file\r\n"
            when = time.strftime("%Y%m%d%H%M%S", time.gmtime(file.stat().st_mtime))
            return f"213 {file.stat().st_size if verb == 'SIZE' else when}\r\n".encode()
        if verb == "PASV":  # an address of somebody else
            return f"227 passive (192,0,2,1,{port >> 8},{port & 255})\r\n".encode()
        return {"USER": b"331 and?\r\n", "PASS": b"230 hello\r\n", "TYPE": b"200 so\r\n"}.get(
            verb, b"502 what?\r\n"
        )

    def _send(self, client: socket.socket, passive: socket.socket, name: str) -> None:
        data = (self.folder / name).read_bytes()[: self.cut]
        client.sendall(b"150 now\r\n")
        with passive.accept()[0] as stream, suppress(OSError):
            step = 1 if self.slow else len(data)
            for start in range(0, len(data), step):
                stream.sendall(data[start : start + step])
                time.sleep(self.slow)
        client.sendall(b"226 done\r\n" if self.cut is None else b"451 broken\r\n")


@contextmanager
def serving(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    with proxying.listening(host.serve) as host.port:
        yield host
