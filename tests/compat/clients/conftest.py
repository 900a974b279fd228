from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.clients.recording import Recorder
from daemon.conversation import make_tree
from serving import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, Daemon]]:
    clamd = shutil.which("/usr/sbin/clamd")
    if clamd is None:
        pytest.skip("Debian's clamav-daemon is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    with (
        Daemon(folder / "ours") as ours,
        Daemon(folder / "peer", "User root\n", (clamd,)) as peer,
    ):
        yield ours, peer


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("tree") / "root")


@pytest.fixture
def recorder(daemons: tuple[Daemon, Daemon]) -> Iterator[Recorder]:
    """Before nacre's daemon; in the end, both must answer the same to what was sent."""
    # Not in tmp_path: others than root must get there, and names of sockets are short.
    folder = Path(f"/tmp/nacre-clients-{os.getpid()}")  # noqa: S108
    folder.mkdir(mode=0o755)
    try:
        with Recorder(daemons[0], folder / "socket") as recorder:
            yield recorder
            ours, peer = (recorder.replay(daemon) for daemon in daemons)
            assert ours == peer
    finally:
        shutil.rmtree(folder, ignore_errors=True)
