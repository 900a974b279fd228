from __future__ import annotations

import itertools
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import feeds
import ftpserver
import webserver
from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.database import Database
from nacre.feed.mirror import Mirror
from nacre.output.freshclam import Trouble
from nacre.transport import store
from nacre.transport.http import Terms
from nacre.updater import source
from nacre.updater.generations import Generations
from nacre.updater.outcome import Status
from nacre.updater.update import read_state

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from updating import Host

pytestmark = pytest.mark.enable_socket


def version_in(folder: Path) -> int:
    """Of the one whole and verified daily database."""
    (path,) = folder.glob("daily.c[lv]d")
    return verify(path, feeds.KEYS).version


def test_the_first_time_everything_comes(host: Host) -> None:
    host.offer(5)
    outcome = host.update()
    assert (outcome.trouble, outcome.activated) == (Trouble.NONE, True)
    assert outcome.results["daily"].status is Status.UPDATED
    assert version_in(host.folder) == 5
    assert Database.open(host.folder).signatures > 0
    assert "daily.cvd updated (version: 5, sigs: 6, f-level: 90, builder: tester)" in host.heard


def test_then_one_request_says_that_nothing_is_new(host: Host) -> None:
    host.offer(5)
    host.update()
    outcome = host.update()
    assert (outcome.trouble, outcome.activated) == (Trouble.NONE, False)
    assert host.mirror.asked == ["/daily.cvd"]
    assert host.mirror.headers[-1]["range"] == "bytes=0-511"
    assert "if-modified-since" in host.mirror.headers[-1]
    assert "daily.cvd database is up-to-date (version: 5," in host.heard


def test_steps_are_fetched_where_there_are_some(host: Host) -> None:
    host.offer(5)
    host.update()
    for version in (6, 7):
        host.offer(version)
    outcome = host.update()
    assert outcome.results["daily"].version == 7
    assert [path.name for path in host.folder.glob("daily.*")] == ["daily.cld"]
    assert version_in(host.folder) == 7
    assert host.mirror.asked == ["/daily.cvd", "/daily-6.cdiff", "/daily-7.cdiff"]


@pytest.mark.parametrize("damage", ["missing", "flipped", "empty", "replayed", "cut", "wrong"])
def test_a_broken_chain_means_the_whole(host: Host, damage: str) -> None:
    host.offer(5)
    host.update()
    host.offer(6)
    host.offer(7)
    step = host.mirror.folder / "daily-7.cdiff"
    raw = bytearray(step.read_bytes())
    if damage == "missing":
        (host.mirror.folder / "daily-6.cdiff").unlink()
    elif damage == "flipped":
        raw[len(raw) // 3] ^= 4
        step.write_bytes(raw)
    elif damage == "empty":
        step.write_bytes(b"")
    elif damage == "replayed":
        step.write_bytes((host.mirror.folder / "daily-6.cdiff").read_bytes())
    elif damage == "cut":
        step.write_bytes(raw[: len(raw) // 2])
    else:
        feeds.cdiff(step, 7, b"OPEN daily.hdb\nDEL 1 nothing\nCLOSE\n")
    assert host.update().results["daily"].version == 7
    assert [path.name for path in host.folder.glob("daily.*")] == ["daily.cvd"]


def _truncated(raw: bytes) -> webserver.Answer:
    return webserver.body(raw[: len(raw) // 2])


def _flipped(raw: bytes) -> webserver.Answer:
    changed = bytearray(raw)
    changed[len(raw) // 2] ^= 1
    return webserver.body(bytes(changed))


def _short(raw: bytes) -> webserver.Answer:
    return webserver.body(raw[:600], length=len(raw))


def _garbage(raw: bytes) -> webserver.Answer:
    return webserver.body(os.urandom(len(raw)))


def _error(_raw: bytes) -> webserver.Answer:
    return webserver.status(500)


def _loop(_raw: bytes) -> webserver.Answer:
    return webserver.status(302, Location="/daily.cvd")


def _silence(_raw: bytes) -> webserver.Answer:
    def pieces() -> itertools.chain[bytes]:
        time.sleep(4)
        return itertools.chain([b"x"])

    return webserver.pieces(pieces(), 100)


@pytest.mark.parametrize(
    "recipe", [_truncated, _flipped, _short, _garbage, _error, _loop, _silence]
)
def test_nothing_bad_gets_in(host: Host, recipe: object) -> None:
    host.offer(5)
    host.update()
    (raw, head) = (host.offer(6).read_bytes() for _ in range(2))
    (host.mirror.folder / "daily-6.cdiff").unlink()
    assert callable(recipe)
    bad: webserver.Answer = recipe(raw)

    def answer(request: BaseHTTPRequestHandler) -> None:
        first = request.headers.get("Range") is not None and recipe not in {_error, _loop}
        (webserver.body(head[:512], 206) if first else bad)(request)

    host.mirror.special["/daily.cvd"] = answer
    quick = Terms("x", connect_seconds=1, pause_seconds=1, total_seconds=2)
    outcome = host.update(terms=quick)
    assert outcome.trouble in {Trouble.CONNECTION, Trouble.BAD_DATABASE, Trouble.GET}
    assert not outcome.activated
    assert outcome.results["daily"].status is Status.STALE
    assert version_in(host.folder) == 5
    left = {path.name for path in Generations(host.folder).home.iterdir()}
    assert not left & {"candidate", "work", "rejected", "trial", "generation-2"}
    host.mirror.special.clear()
    assert host.update().results["daily"].version == 6


def test_a_stale_mirror_is_not_believed(host: Host) -> None:
    host.offer(7)
    host.update()
    host.offer(5)
    outcome = host.update()
    assert outcome.results["daily"].status is Status.STALE
    assert "the mirror has version 5, version 7 was here" in host.heard
    assert version_in(host.folder) == 7


def test_an_older_file_than_promised_is_not_taken(host: Host) -> None:
    host.offer(7)
    host.update()
    old = host.offer(5).read_bytes()
    new = host.offer(9).read_bytes()
    for step in host.mirror.folder.glob("*.cdiff"):
        step.unlink()
    host.mirror.special["/daily.cvd"] = lambda request: (
        webserver.body(new[:512], 206) if request.headers.get("Range") else webserver.body(old)
    )(request)
    outcome = host.update()
    assert outcome.trouble is Trouble.NOT_IN_SYNC
    assert version_in(host.folder) == 7


def test_damage_is_repaired_from_the_generation_before(host: Host) -> None:
    host.offer(5)
    host.update()
    host.offer(6)
    host.update()
    for path in host.folder.glob("daily.*"):
        path.write_bytes(path.read_bytes()[:700])  # through the link
    host.mirror.special["/daily.cvd"] = webserver.status(500)
    outcome = host.update()
    assert outcome.results["daily"].status is Status.PREVIOUS
    assert outcome.activated
    assert version_in(host.folder) == 5


def test_damage_is_repaired_by_download(host: Host) -> None:
    host.offer(5)
    host.update()
    (host.folder / "daily.cvd").write_bytes(b"")
    outcome = host.update()
    assert outcome.results["daily"].status is Status.REPAIRED
    assert version_in(host.folder) == 5


def test_a_damaged_file_of_another_updater_is_replaced(host: Host) -> None:
    raw = host.offer(5).read_bytes()
    (host.folder / "daily.cvd").write_bytes(raw[:-5])
    assert host.update().results["daily"].status is Status.REPAIRED
    assert version_in(host.folder) == 5


def test_what_another_updater_brought_is_kept(host: Host) -> None:
    host.offer(5)
    host.update()
    newer = feeds.database(host.folder / "daily.new", 6)
    newer.rename(host.folder / "daily.cld")
    (host.folder / "daily.cvd").unlink()
    host.offer(6)
    assert host.update().results["daily"].version == 6
    assert (host.folder / "daily.cld").is_symlink()
    assert version_in(host.folder) == 6


def test_what_finds_clean_files_is_not_used(host: Host) -> None:
    host.offer(5)
    host.update()
    wrong = b"".join(map(feeds.hash_of, feeds.CLEAN))
    feeds.database(host.mirror.folder / "daily.cvd", 6, feeds.lines(6) + wrong)
    outcome = host.update(scripted=False)
    assert outcome.trouble is Trouble.TEST
    assert "which is clean" in host.heard
    assert version_in(host.folder) == 5
    assert (Generations(host.folder).home / "rejected/daily.cvd").exists()


def test_databases_that_lose_most_are_not_used(host: Host) -> None:
    feeds.database(host.mirror.folder / "daily.cvd", 5, feeds.lines(5, 50))
    host.update()
    host.offer(6)
    assert host.update(scripted=False).trouble is Trouble.TEST
    assert version_in(host.folder) == 5


@pytest.mark.parametrize(("status", "trouble"), [(429, Trouble.NONE), (403, Trouble.FORBIDDEN)])
def test_a_mirror_that_wants_to_be_left_alone_is(host: Host, status: int, trouble: Trouble) -> None:
    host.offer(5)
    host.update()
    host.mirror.special["/daily.cvd"] = webserver.status(status, Retry_After="500")
    outcome = host.update()
    assert outcome.trouble is trouble
    assert outcome.blocked_until > time.time()
    assert "cool-down" in host.heard
    host.mirror.special.clear()
    host.offer(6)
    assert host.update().blocked_until
    assert host.mirror.asked == []
    state = read_state(Generations(host.folder))
    past = replace(state, blocked_until=int(time.time()) - 1)
    store.write(Generations(host.folder).state, past.to_json())
    assert host.update().results["daily"].version == 6


def test_a_state_that_cannot_be_read_hinders_nobody(host: Host) -> None:
    host.offer(5)
    host.update()
    Generations(host.folder).state.write_bytes(b"\0\1{")
    host.offer(6)
    assert host.update().results["daily"].version == 6


def test_one_updater_at_a_time(host: Host) -> None:
    host.offer(5)
    host.update()
    with store.locked(Generations(host.folder).lock), pytest.raises(store.BusyError):
        host.update()


def test_the_second_mirror_is_asked_when_the_first_fails(host: Host) -> None:
    host.offer(5)
    nobody = Mirror("http://127.0.0.1:9", private=False)
    outcome = host.update(mirrors=(nobody, *host.options.mirrors))
    assert (outcome.trouble, version_in(host.folder)) == (Trouble.NONE, 5)


def test_files_that_the_user_names(host: Host) -> None:
    (host.mirror.folder / "mine.ndb").write_bytes(b"Mine:0:*:deadbeefdeadbeef\n")
    host.offer(5)
    customs = {"mine.ndb": f"{host.mirror.url}/mine.ndb"}
    host.update(customs=customs)
    assert (host.folder / "mine.ndb").read_bytes() == b"Mine:0:*:deadbeefdeadbeef\n"
    assert "mine.ndb updated (version: custom database, sigs: 1)" in host.heard
    host.mirror.special["/mine.ndb"] = webserver.status(304)
    outcome = host.update(customs=customs)
    assert not outcome.activated
    assert "mine.ndb is up-to-date (version: custom database)" in host.heard
    host.update()
    assert not (host.folder / "mine.ndb").exists()


def test_a_file_of_this_host(host: Host, tmp_path: Path) -> None:
    source = tmp_path / "site.ndb"
    source.write_bytes(b"Site:0:*:deadbeefdeadbeef\n")
    customs = {"site.ndb": f"file://{source}"}
    host.offer(5)
    assert host.update(customs=customs).activated
    assert not host.update(customs=customs).activated
    os.utime(source, (time.time() + 100,) * 2)
    source.write_bytes(b"Site:0:*:deadbeefdeadbeee\n")
    os.utime(source, (time.time() + 100,) * 2)
    assert host.update(customs=customs).activated
    assert b"beee" in (host.folder / "site.ndb").read_bytes()


def test_several_change_together(host: Host) -> None:
    names = ("daily", "main", "bytecode")
    for name in names:
        host.offer(5, name)
    host.update(databases=names)
    for name in names:
        host.offer(6, name)
    host.update(databases=names)
    current = Generations(host.folder).current()
    assert current is not None
    assert {Container.open(current.path / name).header.version for name in current.files} == {6}
    assert len(current.files) == 3


def test_scanners_find_the_new_databases_compiled(host: Host) -> None:
    host.offer(5)
    host.update()
    host.offer(6)
    host.update()
    assert Database.ready(host.folder) is not None


@pytest.mark.parametrize("age", [0, 13 * 3600])
def test_the_record_saves_asking(host: Host, monkeypatch: pytest.MonkeyPatch, age: int) -> None:
    """A real resolver is asked in tests/transport; here it would be the machine's own."""
    asked: list[str] = []

    def txt(name: str) -> str:
        asked.append(name)
        return f"99.1.0:62:5:{int(time.time()) - age}:1:90:0:333"

    monkeypatch.setattr(source, "txt", txt)
    host.offer(5)
    outcome = host.update(record="current.example")
    assert version_in(host.folder) == 5
    assert outcome.recommended == "99.1.0"
    assert "Your ClamAV installation is OUTDATED!" in host.heard
    host.update(record="current.example")
    assert host.mirror.asked == ([] if age == 0 else ["/daily.cvd"])
    assert ("Falling back to HTTP mode" in host.heard) is (age > 0)
    assert asked[0] == "current.example"


def test_files_from_ftp(host: Host, tmp_path: Path) -> None:
    served = tmp_path / "ftp"
    served.mkdir()
    line = b"Mine:0:*:6d696e652d6d696e652d6d696e65\n"
    (served / "house.ndb").write_bytes(line)
    with ftpserver.serving(served) as ftp:
        customs = {
            "customs": {"house.ndb": f"{ftp.url}/house.ndb"},
            "databases": (),
        }
        assert host.update(**customs).results["house.ndb"].status is Status.UPDATED
        assert (host.folder / "house.ndb").read_bytes() == line
        ftp.asked.clear()
        assert host.update(**customs).results["house.ndb"].status is Status.CURRENT
        assert not any("RETR" in command for command in ftp.asked)
        (served / "house.ndb").unlink()
        outcome = host.update(**customs)
    assert outcome.results["house.ndb"].status is Status.STALE
    assert "file not found: ftp://" in host.heard
    assert (host.folder / "house.ndb").read_bytes() == line
