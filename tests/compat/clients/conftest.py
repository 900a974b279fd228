from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.clients.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serving import Daemon


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
