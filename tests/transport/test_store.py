from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nacre.transport import store


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    store.write(path, b"one")
    store.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_what_a_killed_process_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".a.new").write_bytes(b"left")
    store.write(tmp_path / "a", b"one")
    (tmp_path / ".a.new").symlink_to("elsewhere")
    store.link(tmp_path / "a", "b")
    assert (tmp_path / "a").readlink() == Path("b")


def test_a_copy_has_the_bytes_and_the_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    os.utime(tmp_path / "a", (5, 5))
    store.copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    assert (tmp_path / "b").stat().st_mtime == 5
    assert (tmp_path / "b").stat().st_ino != (tmp_path / "a").stat().st_ino


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = f"""
from pathlib import Path
from nacre.transport import store
try:
    with store.locked(Path({str(path)!r})):
        print("mine")
except store.BusyError:
    print("busy")
"""
    run = [sys.executable, "-c", program]
    with store.locked(path):
        assert subprocess.check_output(run, text=True) == "busy\n"
    assert subprocess.check_output(run, text=True) == "mine\n"


def test_a_lock_is_no_way_to_write_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic"), store.locked(tmp_path / "lock"):
        pass
