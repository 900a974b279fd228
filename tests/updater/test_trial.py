from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.database import Database
from nacre.database.compiler import CANARIES
from nacre.engine import Scanner
from nacre.model.options import ScanOptions
from nacre.updater.outcome import Status

if TYPE_CHECKING:
    from pathlib import Path

    from updating import Host

pytestmark = pytest.mark.enable_socket


def canaries() -> dict[str, bytes]:
    lines = [line for line in CANARIES.read_text().splitlines() if not line.startswith("#")]
    return {line.split(":")[0]: bytes.fromhex(line.split(":")[3]) for line in lines}


def found(database: Database, content: bytes, *, asked: bool) -> set[str]:
    scanner = Scanner(database, ScanOptions(canaries=asked))
    return {alert.name for alert in scanner.scan_bytes(content).alerts}


def images(folder: Path) -> set[str]:
    return {path.name for path in (folder / ".nacre").glob("*.image")}


def test_what_is_tried_is_what_is_used(host: Host) -> None:
    host.offer(5)
    host.update()
    ready = Database.ready(host.folder)
    assert ready is not None
    for name, content in canaries().items():
        assert found(ready, content, asked=True) == {name}  # so it is the image of the trial
        assert not found(ready, content, asked=False)
    assert ready.signatures == 6
    first = images(host.folder)
    host.offer(6)
    host.update()
    assert Database.ready(host.folder) is not None
    assert len(images(host.folder)) == 1  # that before is gone
    assert not images(host.folder) & first


def test_files_of_others_are_in_it(host: Host) -> None:
    (host.folder / "mine.ndb").write_text("Mine:0:*:6d696e652d6f662d6f6e65732d6f776e\n")
    host.offer(5)
    host.update()
    ready = Database.ready(host.folder)
    assert ready is not None
    assert found(ready, b"mine-of-ones-own", asked=True) == {"Mine.UNOFFICIAL"}


def test_a_broken_file_of_others_does_not_keep_updates_out(host: Host) -> None:
    (host.folder / "theirs.cvd").write_bytes(b"not a container")
    host.offer(5)
    assert host.update().results["daily"].status is Status.UPDATED


def test_what_is_refused_leaves_no_image(host: Host) -> None:
    host.offer(5)
    host.update()
    before = images(host.folder)
    wrong = feeds.hash_of(feeds.CLEAN[0])
    feeds.database(host.mirror.folder / "daily.cvd", 6, feeds.lines(6) + wrong)
    outcome = host.update(scripted=False)
    assert outcome.results["daily"].status is Status.PREVIOUS
    assert images(host.folder) == before
    assert Database.ready(host.folder) is not None


def test_a_database_without_eicar_still_finds_the_canaries(host: Host) -> None:
    host.offer(5)
    host.update()
    ready = Database.ready(host.folder)
    assert ready is not None
    eicar = next(iter(canaries().values()))
    assert eicar.startswith(b"X5O!P%@AP")
    assert not found(ready, eicar, asked=False)
