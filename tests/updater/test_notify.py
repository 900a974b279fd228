from __future__ import annotations

import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from nacre.model.errors import ConfigError
from nacre.updater import notify
from updating import Heard

if TYPE_CHECKING:
    from pathlib import Path


def test_a_command_is_split_without_a_shell(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = "import sys; open(sys.argv[1], 'w').write('|'.join(sys.argv[2:]))"
    notify.run(f'{sys.executable} -c "{program}" {out} "two words" $(id) a;b %v', "1.4.3")
    assert out.read_text() == "two words|$(id)|a;b|1.4.3"


def test_exit_n_is_an_exit_code() -> None:
    assert notify.run("EXIT_7") == 7
    with pytest.raises(notify.CommandError, match="No such file"):
        notify.run("EXIT_x")


@pytest.mark.parametrize("command", ["", "'", '"a'])
def test_what_is_no_command(command: str) -> None:
    with pytest.raises(ConfigError):
        notify.words(command)


def test_programs_that_fail_or_do_not_end() -> None:
    with pytest.raises(notify.CommandError, match="ended with 3"):
        notify.run(f"{sys.executable} -c 'raise SystemExit(3)'")
    with pytest.raises(notify.CommandError, match="not done within"):
        notify.run(f"{sys.executable} -c 'import time; time.sleep(60)'", seconds=0.3)


@pytest.mark.parametrize("answer", [b"RELOADING\n", b"COMMAND UNAVAILABLE\n"])
def test_clamd_is_told(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "clamd.socket"
    config = tmp_path / "clamd.conf"
    config.write_text(f"LocalSocket {path}\n")
    heard = Heard()
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            client, _ = server.accept()
            with client:
                asked.append(client.recv(100))
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        told = notify.notify_clamd(config, heard)
        thread.join()
    assert b"RELOAD" in asked[0]
    assert told is answer.startswith(b"RELOADING")
    expected = "Clamd successfully notified about the update." if told else "was NOT notified"
    assert expected in heard


def test_nobody_to_be_told(tmp_path: Path) -> None:
    config = tmp_path / "clamd.conf"
    for text in ("LocalSocket /nonexistent\n", "LogTime yes\n", "Wrong yes\n"):
        config.write_text(text)
        assert not notify.notify_clamd(config, Heard())
