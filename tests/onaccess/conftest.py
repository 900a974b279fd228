from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from nacre.onaccess.watch import Watch, WatchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _refusal() -> str:
    """Why nothing can be tried here; empty when it can."""
    if os.geteuid():
        return "needs root"
    try:
        Watch(prevention=True, patience=1, deny=False)
    except WatchError as error:
        return str(error)
    return ""


@pytest.fixture(scope="session")
def _allowed() -> None:
    if reason := _refusal():
        pytest.skip(reason)


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, _allowed: None) -> Iterator[Path]:
    """A file system of the test's own: nothing else is ever marked."""
    place = tmp_path / "disk"
    place.mkdir()
    if request.param == "tmpfs":
        commands = [["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]]
    else:
        image = tmp_path / "image"
        with image.open("wb") as file:
            file.truncate(64 << 20)
        commands = [["mke2fs", "-q", "-t", "ext4", "-N", "40000", str(image)]]
        commands += [["mount", "-o", "loop", str(image), str(place)]]
    for command in commands:
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip(f"{command[0]} does not work here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
