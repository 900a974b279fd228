"""A proxy before a clamd that notes what clients send, to send it to two daemons again."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from serving import SECONDS, send

if TYPE_CHECKING:
    from pathlib import Path

    from serving import Daemon, Packet

_VARYING = (
    re.compile(rb"ClamAV [0-9][^\0\n]*"),
    re.compile(rb"POOLS: .*END", re.DOTALL),
    re.compile(rb"fd\[\d+\]"),
)
"""Versions, statistics, numbers of descriptors."""


@dataclass
class Recorder:
    """Listens at a socket, and at a port, for a daemon. A context manager."""

    daemon: Daemon
    path: Path
    conversations: list[list[Packet]] = field(default_factory=list)
    """What each client sent, in pieces as they came, with duplicates of descriptors."""
    port: int = field(init=False)

    def __enter__(self) -> Self:
        self._ending = threading.Event()
        local = socket.socket(socket.AF_UNIX)
        local.bind(str(self.path))
        self.path.chmod(0o777)
        network = socket.create_server(("127.0.0.1", 0))
        self.port = network.getsockname()[1]
        self._threads = []
        for listener in (local, network):
            listener.listen()
            self._threads.append(threading.Thread(target=self._listen, args=(listener,)))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(SECONDS)
        for conversation in self.conversations:
            for packet in conversation:
                if isinstance(packet, tuple):
                    for fd in packet[1]:
                        os.close(fd)

    def _listen(self, listener: socket.socket) -> None:
        threads = []
        with listener:
            while not self._ending.is_set():
                if select.select([listener], [], [], 0.05)[0]:
                    client, _ = listener.accept()
                    threads.append(threading.Thread(target=self._relay, args=(client,)))
                    threads[-1].start()
        for thread in threads:
            thread.join(SECONDS)

    def _relay(self, client: socket.socket) -> None:
        conversation: list[Packet] = []
        self.conversations.append(conversation)
        with client, self.daemon.connect() as server, contextlib.suppress(OSError):
            open_ends = [client, server]
            while server in open_ends and not self._ending.is_set():
                ready = select.select(open_ends, [], [], 0.05)[0]
                if client in ready and not self._from_client(client, server, conversation):
                    open_ends.remove(client)
                    server.shutdown(socket.SHUT_WR)
                if server in ready:
                    data = server.recv(1 << 16)
                    if not data:
                        return
                    client.sendall(data)

    @staticmethod
    def _from_client(
        client: socket.socket, server: socket.socket, conversation: list[Packet]
    ) -> bool:
        descriptors: list[int] = []
        if client.family == socket.AF_UNIX:
            data, descriptors, _flags, _address = socket.recv_fds(client, 1 << 16, 8)
        else:
            data = client.recv(1 << 16)
        if data:
            packet: Packet = (data, list(descriptors)) if descriptors else data
            conversation.append(packet)
            send(server, packet)
        return bool(data)

    def replay(self, daemon: Daemon) -> list[bytes]:
        """What `daemon` answers each client; varying words masked, MULTISCAN's lines in order."""
        return [masked(_again(daemon, conversation)) for conversation in self.conversations]


def masked(answer: bytes) -> bytes:
    """Without what cannot be the same."""
    for pattern in _VARYING:
        answer = pattern.sub(b"...", answer)
    return b"".join(sorted(answer.splitlines(keepends=True)))


def _again(daemon: Daemon, conversation: list[Packet]) -> bytes:
    answer = b""
    with daemon.connect() as client, contextlib.suppress(OSError):
        for packet in conversation:
            if isinstance(packet, tuple):
                for fd in packet[1]:
                    os.lseek(fd, 0, os.SEEK_SET)
            send(client, packet)
            # Some clients wait for an answer before they go on, and some never do.
            while select.select([client], [], [], 0.1)[0]:
                piece = client.recv(1 << 16)
                if not piece:
                    return answer
                answer += piece
        client.shutdown(socket.SHUT_WR)
        while piece := client.recv(1 << 16):
            answer += piece
    return answer
