"""Proxies of every kind on the loopback."""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ME = ("me", "secret")


@dataclass
class Relay:
    """Connects to `behind`, whatever host is asked for."""

    behind: int
    kind: str
    port: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    def serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            speak = {"4": self._socks4, "5": self._socks5, "C": self._connect}[self.kind]
            if speak(client):
                self.join(client)

    def join(self, client: socket.socket) -> None:
        """Hand on what comes, both ways."""
        with socket.create_connection(("127.0.0.1", self.behind)) as host:
            threading.Thread(target=_pour, args=(client, host), daemon=True).start()
            _pour(host, client)

    def _socks4(self, client: socket.socket) -> bool:
        _version, _command, port = struct.unpack(">BBH", _exactly(client, 4))
        address = _exactly(client, 4)
        self.users.append(_until(client, b"\0").decode())
        host = socket.inet_ntoa(address)
        if host.startswith("0.0.0."):
            host = _until(client, b"\0").decode()
        self.asked.append((host, port))
        client.sendall(b"\0\x5a" + bytes(6))
        return True

    def _socks5(self, client: socket.socket) -> bool:
        methods = _exactly(client, _exactly(client, 2)[1])
        if 2 in methods:
            client.sendall(b"\5\2")
            name = _exactly(client, _exactly(client, 2)[1])
            secret = _exactly(client, _exactly(client, 1)[0])
            self.users.append(name.decode())
            good = (name.decode(), secret.decode()) == ME
            client.sendall(b"\1\0" if good else b"\1\1")
            if not good:
                return False
        else:
            client.sendall(b"\5\0")
        kind = _exactly(client, 4)[3]
        if kind == 3:
            host = _exactly(client, _exactly(client, 1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(_exactly(client, 4 if kind == 1 else 16)))
        self.asked.append((host, int.from_bytes(_exactly(client, 2))))
        client.sendall(b"\5\0\0\3\4here\0\1")
        return True

    def _connect(self, client: socket.socket) -> bool:
        first, *headers = _until(client, b"\r\n\r\n").decode().split("\r\n")
        host, _, port = first.split()[1].rpartition(":")
        self.asked.append((host, int(port)))
        code = base64.b64encode(":".join(ME).encode()).decode()
        if f"Proxy-Authorization: Basic {code}" not in headers:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return False
        client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: a test\r\n\r\n")
        return True


@contextmanager
def relaying(behind: int, kind: str, context: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """A proxy: 4 and 5 are those of SOCKS, C that of CONNECT; with a context it speaks TLS."""
    relay = Relay(behind, kind)
    with listening(relay.serve, context) as relay.port:
        yield relay


@contextmanager
def listening(
    serve: Callable[[socket.socket], None], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server with a thread for each client; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def one(client: socket.socket) -> None:
        with suppress(OSError), client:
            if context is None:
                serve(client)
            else:
                with context.wrap_socket(client, server_side=True) as secure:
                    serve(secure)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def server_context(pem: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def _until(client: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        data += _exactly(client, 1)
    return data[: -len(end)]


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
