"""nacre's clamdscan with nacre's clamd."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from serving import EVIL, NAME, Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = "import sys; from nacre.cli.main import clamdscan; sys.exit(clamdscan())"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("clamd") / "d", "ExcludePath /left-out$\n") as daemon:
        yield daemon


def _clamdscan(daemon: Daemon, *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, "-c", str(daemon.folder / "clamd.conf"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, sorted((done.stdout + done.stderr).splitlines())


@pytest.mark.parametrize("mode", ["--no-summary", "--fdpass", "--stream", "-m", "-mz"])
def test_a_tree_in_every_mode(daemon: Daemon, tmp_path: Path, mode: str) -> None:
    (tmp_path / "evil").write_bytes(EVIL)
    (tmp_path / "clean").write_bytes(b"nothing of interest")
    (tmp_path / "left-out").write_bytes(EVIL)
    code, lines = _clamdscan(daemon, "--no-summary", mode, str(tmp_path))
    assert (code, lines) == (1, [f"{tmp_path}/evil: {NAME} FOUND"])


def test_a_session_of_many(daemon: Daemon, tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:02}").write_bytes(EVIL if number % 10 == 0 else b"clean" * number)
    for mode in ("--fdpass", "--stream"):
        code, lines = _clamdscan(daemon, "--no-summary", "-m", mode, str(tmp_path))
        assert code == 1
        assert lines == [f"{tmp_path}/{number:02}: {NAME} FOUND" for number in range(0, 100, 10)]


def test_a_file_that_is_swapped_is_not_removed(tmp_path: Path) -> None:
    """The daemon opened one file; another has its name when the answer comes."""
    evil = tmp_path / "evil"
    evil.write_bytes(EVIL)
    fake = Daemon(tmp_path)
    (tmp_path / "clamd.conf").write_text(f"LocalSocket {fake.path}\n")

    def answer(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            client.recv(1000)
            precious = tmp_path / "precious"
            precious.write_bytes(b"do not remove")
            precious.replace(evil)
            client.sendall(f"{evil}: {NAME} FOUND\0".encode())

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(fake.path)
        listening.listen()
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        code, lines = _clamdscan(fake, "--no-summary", "--remove", str(evil))
        thread.join()
    reason = "it has changed since it was scanned"
    assert (code, lines) == (
        1,
        [f"{evil}: {NAME} FOUND", f"ERROR: Can't remove file '{evil}': {reason}"],
    )
    assert evil.read_bytes() == b"do not remove"


def test_no_list_of_files_is_an_error(daemon: Daemon) -> None:
    code, lines = _clamdscan(daemon, "--no-summary", "--file-list=/nowhere")
    assert code == 2
    assert lines == ["ERROR: --file-list: Can't open file /nowhere"]
