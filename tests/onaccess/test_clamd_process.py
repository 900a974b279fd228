"""Who a clamd is."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from nacre.onaccess.daemon import process_of
from nacre.transport.clamd import Address

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = """
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
connection, _ = listener.accept()
connection.recv(100)
connection.sendall(b"PONG\\0")
connection.recv(1)
"""


def test_it_is_who_answers_and_not_who_made_the_socket(tmp_path: Path) -> None:
    """As where systemd did."""
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        number = listener.fileno()
        command = [sys.executable, "-c", ANSWERS, str(number)]
        with subprocess.Popen(command, pass_fds=[number]) as clamd:
            assert process_of(Address(str(path)), 20) == clamd.pid


def test_nobody_answers(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    assert process_of(Address(str(path))) == 0
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert process_of(Address(str(path)), 0.1) == 0
