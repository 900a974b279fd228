"""The native watch itself: marks folder by folder, and answers by policy."""

from __future__ import annotations

import errno
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nacre.onaccess.watch import Place, Question, Watch

READ = "import sys; open(sys.argv[1]).read()"


def reader(path: Path) -> subprocess.Popen[bytes]:
    """Somebody else, in a session of their own, who opens the file."""
    return subprocess.Popen(
        [sys.executable, "-c", READ, str(path)], start_new_session=True, stderr=subprocess.DEVNULL
    )


def asked(watch: Watch, seconds: float = 20) -> Question:
    """The next question about a file that somebody opens."""
    ending = time.monotonic() + seconds
    while True:
        select.select([watch.fileno()], [], [], 0.1)
        for question in watch.take(9):
            return question
        assert time.monotonic() < ending


@pytest.mark.parametrize("allow", [True, False])
def test_questions_are_answered(disk: Path, *, allow: bool) -> None:
    path = disk / "file"
    path.write_text("text")
    watch = Watch(prevention=True, patience=30, deny=not allow)
    watch.mark(disk, Place.FILESYSTEM)
    with reader(path) as process:
        question = asked(watch)
        assert Path(f"/proc/self/fd/{question.descriptor}").readlink() == path
        assert (question.pid, question.waiting) == (process.pid, True)
        assert watch.answer(question, allow=allow)
        assert not watch.answer(question, allow=not allow)  # once
        os.close(question.descriptor)
        assert (process.wait(20) == 0) == allow


@pytest.mark.parametrize("deny", [True, False])
def test_what_nobody_answers_is_answered_by_policy(disk: Path, *, deny: bool) -> None:
    path = disk / "file"
    path.write_text("text")
    watch = Watch(prevention=True, patience=0.2, deny=deny)
    watch.mark(disk, Place.FILESYSTEM)
    with reader(path) as process:
        assert (process.wait(20) == 0) != deny
    assert watch.counters.overdue == 1


def test_ones_own_questions_wait_for_nobody(disk: Path) -> None:
    path = disk / "file"
    path.write_text("text")
    watch = Watch(prevention=True, patience=30, deny=True)
    watch.mark(disk, Place.FILESYSTEM)
    assert path.read_text() == "text"
    assert (watch.counters.own, watch.counters.asked) == (1, 0)


def test_an_end_lets_everybody_go(disk: Path) -> None:
    path = disk / "file"
    path.write_text("text")
    watch = Watch(prevention=True, patience=30, deny=False)
    watch.mark(disk, Place.FILESYSTEM)
    with reader(path) as process:
        question = asked(watch)
        os.close(question.descriptor)
        del watch
        assert process.wait(20) == 0


def test_folder_by_folder(disk: Path) -> None:
    for number in range(50):
        (disk / f"{number}/a/b").mkdir(parents=True)
    watch = Watch(prevention=True, patience=30, deny=False)
    before = sum(1 for path in disk.rglob("*") if path.is_dir()) + 1
    assert watch.mark_tree(disk) == before
    old, new = disk / "7/a/b/file", disk / "7/a/new/deep/file"
    old.write_text("text")
    new.parent.mkdir(parents=True)
    new.write_text("text")
    time.sleep(0.3)  # new folders are followed, a little later
    for path in (old, new):
        with reader(path) as process:
            question = asked(watch)
            assert Path(f"/proc/self/fd/{question.descriptor}").readlink() == path
            watch.answer(question, allow=False)
            os.close(question.descriptor)
            assert process.wait(20) != 0


def test_what_is_moved_in_is_told_folder_by_folder(disk: Path) -> None:
    (disk / "inside").mkdir()
    (disk / "outside").mkdir()
    (disk / "outside/file").write_bytes(b"moved with its folder")
    watch = Watch(prevention=False, patience=60, deny=False, written=True, moved=True)
    watch.mark_tree(disk / "inside")
    (disk / "outside").rename(disk / "inside/folder")
    question = asked(watch)
    assert question.written
    assert not question.waiting
    assert os.read(question.descriptor, 100) == b"moved with its folder"
    os.close(question.descriptor)


def test_settled_files_are_not_asked_for_until_they_change(disk: Path) -> None:
    path = disk / "file"
    path.write_text("text")
    watch = Watch(prevention=True, patience=30, deny=False)
    watch.mark(disk, Place.FILESYSTEM)

    def asks() -> bool:
        with reader(path) as process:
            while process.poll() is None:
                if select.select([watch.fileno()], [], [], 0.02)[0]:
                    for question in watch.take(9):
                        watch.answer(question, allow=True)
                        os.close(question.descriptor)
                        process.wait(20)
                        return True
        return False

    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert asks()
        watch.settle(descriptor)
        assert not asks()
        watch.unsettle(descriptor)
        assert asks()
        watch.settle(descriptor)
        path.write_text("changed")
        assert asks()
        watch.settle(descriptor)
        watch.forget()
        assert asks()
    finally:
        os.close(descriptor)


def test_what_cannot_be_marked_is_an_error(disk: Path) -> None:
    watch = Watch(prevention=True, patience=1, deny=False)
    with pytest.raises(OSError) as refused:  # noqa: PT011 - looked at below
        watch.mark(disk / "nothing", Place.FILESYSTEM)
    assert refused.value.errno == errno.ENOENT
    with pytest.raises(OSError, match="No such file"):
        watch.mark_tree(disk / "nothing")
