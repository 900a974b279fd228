from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nacre.transport.store import locked
from nacre.updater.examination import Damage, examine
from nacre.updater.generations import Generation, Generations

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"Mine:0:*:6d696e65\n" * 100


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    """Two, in which `mine.ndb` is the same and `other.ndb` is not."""
    made = Generations(tmp_path)
    made.home.mkdir()
    for number in (1, 2):
        candidate = made.begin()
        (candidate / "mine.ndb").write_bytes(CONTENT)
        (candidate / "other.ndb").write_bytes(CONTENT * number)
        made.activate(candidate)
    return made


def current(generations: Generations) -> Generation:
    found = generations.current()
    assert found is not None
    return found


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[50] ^= 1
    path.write_bytes(raw)


def test_whole_databases_are_left_alone(generations: Generations) -> None:
    assert not list(examine(generations.directory))


def test_what_an_earlier_generation_has_is_mended(generations: Generations) -> None:
    path = current(generations).path / "mine.ndb"
    flip(path)
    copy = generations.earlier()[0].path / "mine.ndb"
    assert list(examine(generations.directory)) == [Damage(path, copy)]
    assert (generations.directory / "mine.ndb").read_bytes() == CONTENT
    assert not list(examine(generations.directory))


def test_what_cannot_be_read_is_damaged(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = current(generations).path / "mine.ndb"
    place = path.stat().st_ino
    advise = os.posix_fadvise

    def broken(fd: int, *arguments: int) -> None:
        if os.fstat(fd).st_ino == place:
            raise OSError(errno.EIO, "Input/output error")
        advise(fd, *arguments)

    monkeypatch.setattr(os, "posix_fadvise", broken)
    copy = generations.earlier()[0].path / "mine.ndb"
    assert list(examine(generations.directory)) == [Damage(path, copy)]
    assert path.stat().st_ino != place
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("change", ["flipped", "cut", "gone"])
def test_what_nobody_has_is_told(generations: Generations, change: str) -> None:
    path = current(generations).path / "other.ndb"
    if change == "flipped":
        flip(path)
    elif change == "cut":
        path.write_bytes(b"")
    else:
        path.unlink()
    assert list(examine(generations.directory)) == [Damage(path, None)]


def test_a_damaged_copy_mends_nothing(generations: Generations) -> None:
    flip(current(generations).path / "mine.ndb")
    flip(generations.earlier()[0].path / "mine.ndb")
    (damage,) = examine(generations.directory)
    assert damage.mended_from is None


def test_an_updater_at_work_is_not_disturbed(generations: Generations) -> None:
    flip(current(generations).path / "mine.ndb")
    with locked(generations.lock):
        (damage,) = examine(generations.directory)
    assert damage.mended_from is None
    (damage,) = examine(generations.directory)
    assert damage.mended_from is not None


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "main.cvd").write_bytes(b"anything")
    assert not list(examine(tmp_path))


def test_as_a_process(generations: Generations) -> None:
    command = [sys.executable, "-m", "nacre.updater.examination", str(generations.directory)]
    assert subprocess.run(command, check=False).returncode == 0
    flip(current(generations).path / "mine.ndb")
    flip(current(generations).path / "other.ndb")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.endswith(
        f"mine.ndb: was damaged; replaced by the copy in {generations.earlier()[0].path}"
    )
    assert second.endswith("other.ndb: damaged; freshclam or nacre repair mends it")
