from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError
from nacre.output.freshclam import Trouble
from nacre.updater.activate import activate, rollback
from nacre.updater.generations import Generations
from nacre.updater.outcome import Outcome, Status
from updating import Heard, Host

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "brought"
    path.mkdir()
    return path


def put(host: Host, source: Path) -> Outcome:
    return activate(host.folder, source, feeds.KEYS, Heard())


def versions(host: Host) -> dict[str, int]:
    found = host.folder.glob("*.c[lv]d")
    return {path.name: verify(path, feeds.KEYS).version for path in found}


def test_what_was_brought_is_in_use_as_a_whole(host: Host, source: Path) -> None:
    feeds.database(source / "daily.cvd", 5)
    feeds.database(source / "main.cvd", 6)
    (source / "notes.txt").write_text("not a database")
    assert put(host, source).activated
    assert versions(host) == {"daily.cvd": 5, "main.cvd": 6}
    feeds.database(source / "daily.cvd", 7)
    assert put(host, source).activated
    assert versions(host) == {"daily.cvd": 7, "main.cvd": 6}


def test_a_generation_can_be_copied_elsewhere(host: Host, tmp_path: Path) -> None:
    host.offer(5)
    host.update()
    current = Generations(host.folder).current()
    assert current is not None
    copied = tmp_path / "copied"
    shutil.copytree(current.path, copied, symlinks=True)
    other = tmp_path / "other"
    other.mkdir()
    assert activate(other, copied, feeds.KEYS, Heard()).activated
    assert verify(other / "daily.cvd", feeds.KEYS).version == 5


@pytest.mark.parametrize("damage", ["flipped", "old"])
def test_what_is_worse_is_refused(host: Host, source: Path, damage: str) -> None:
    feeds.database(source / "daily.cvd", 5)
    put(host, source)
    path = feeds.database(source / "daily.cvd", 4 if damage == "old" else 6)
    if damage == "flipped":
        raw = bytearray(path.read_bytes())
        raw[600] ^= 1
        path.write_bytes(raw)
    outcome = put(host, source)
    assert not outcome.activated
    status, trouble = {
        "old": (Status.STALE, Trouble.NOT_IN_SYNC),
        "flipped": (Status.PREVIOUS, Trouble.BAD_DATABASE),
    }[damage]
    assert outcome.any(status)
    assert outcome.trouble is trouble
    assert versions(host) == {"daily.cvd": 5}


def test_an_empty_folder_is_refused(host: Host, source: Path) -> None:
    with pytest.raises(DatabaseError, match="no databases"):
        put(host, source)


def test_what_was_gone_back_from_does_not_return(host: Host) -> None:
    for version in (5, 6):
        host.offer(version)
        host.update()
    generation, skipped = rollback(host.folder)
    assert (generation.number, skipped) == (1, {"daily": 6})
    assert versions(host) == {"daily.cvd": 5}
    assert host.update().results["daily"].status is Status.CURRENT
    assert versions(host) == {"daily.cvd": 5}
    host.offer(7)
    assert host.update().activated
    assert versions(host) == {"daily.cld": 7}
    rollback(host.folder)
    assert versions(host) == {"daily.cvd": 5}


def test_nothing_to_go_back_to(host: Host) -> None:
    with pytest.raises(DatabaseError):
        rollback(host.folder)
    host.offer(5)
    host.update()
    with pytest.raises(DatabaseError):
        rollback(host.folder)
    assert versions(host) == {"daily.cvd": 5}
