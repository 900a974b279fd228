"""A disk that fails at one moment of an update, whichever it is."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.cvd.verify import verify
from nacre.transport import store
from nacre.updater import update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from updating import Host

pytestmark = pytest.mark.enable_socket

CALLS = ("fsync", "replace", "rename", "symlink", "mkdir", "copy_file_range", "utime", "fchmod")
"""What the updater asks of the disk, but for opening and writing."""


class Disk:
    """Fails at the call with this number, and never again."""

    def __init__(self, moment: int, number: int) -> None:
        self.calls = 0
        self.failed = ""
        self._moment, self._number = moment, number

    def fails(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            self.calls += 1
            if self.calls == self._moment:
                self.failed = name
                raise OSError(self._number, os.strerror(self._number))
            return real(*arguments, **named)

        return call


@contextmanager
def failing(moment: int, number: int) -> Iterator[Disk]:
    disk = Disk(moment, number)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, disk.fails(name, getattr(os, name)))
        yield disk


@pytest.fixture(autouse=True)
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial is another process, whose disk does not fail here."""
    monkeypatch.setattr(update, "tried", lambda *_: 1)
    monkeypatch.setattr(update, "settle", lambda _: None)


def versions(folder: Path) -> set[int]:
    """Of what scanners find: every database once, and whole."""
    found = [path for path in folder.iterdir() if path.suffix in {".cvd", ".cld"}]
    assert sorted(path.stem for path in found) == ["daily", "main"]
    return {verify(path, feeds.KEYS).version for path in found}


@pytest.mark.parametrize("scripted", [True, False])
def test_whenever_the_disk_fails(host: Host, *, scripted: bool) -> None:
    def run() -> None:
        host.update(databases=("daily", "main"), scripted=scripted)

    for name in ("daily", "main"):
        host.offer(1, name)
    run()
    version = 1
    failures: list[tuple[str, int, OSError]] = []
    for moment in range(1, 1000):
        number = (errno.EIO, errno.ENOSPC)[moment % 2]
        version += 1
        for name in ("daily", "main"):
            host.offer(version, name)
        with failing(moment, number) as disk:
            try:
                run()
            except OSError as caught:
                failures.append((disk.failed, number, caught))
        if not disk.failed:
            break
        assert versions(host.folder) <= {version - 1, version}, disk.failed
        assert len(versions(host.folder)) == 1, "not all of one update"
        run()
        assert versions(host.folder) == {version}
        assert not (host.folder / ".nacre" / "candidate").exists()
    assert moment > 15
    assert {"fsync", "replace", "symlink", "mkdir", "rename"} <= {call for call, *_ in failures}
    for _, number, error in failures:
        assert error.errno == number
        assert str(host.folder) in str(error.filename)


def test_an_error_that_names_no_file_gets_one(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)), store.naming(tmp_path):
        raise OSError(errno.EIO, "no")
    with pytest.raises(OSError, match="other"), store.naming(tmp_path):
        raise OSError(errno.EIO, "no", "other")
