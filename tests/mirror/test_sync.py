from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import feeds
import notary
import webserver
from mirroring import client
from nacre.cvd.cdiff import write_cdiff
from nacre.cvd.difference import compare_folders
from nacre.cvd.signer import Beside, Nobody
from nacre.cvd.verify import verify
from nacre.cvd.write import build
from nacre.feed.listing import parse
from nacre.mirror.status import status
from nacre.mirror.tree import Tree, digest, is_immutable
from nacre.transport.store import BusyError, locked
from nacre.updater.outcome import Status
from notary import Notary, sign

if TYPE_CHECKING:
    from pathlib import Path

    from mirroring import Upstream

pytestmark = pytest.mark.enable_socket


def target(tree: Tree, name: str) -> str:
    return str((tree.root / name).readlink())


def test_the_first_time_the_whole_comes(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    assert upstream.names() == {
        "daily-5.cvd", "daily-5.cdiff", "daily.cvd", "listing.txt", "dns.txt"
    }  # fmt: skip
    assert target(upstream.tree, "daily.cvd") == "daily-5.cvd"
    listing = upstream.tree.listing()
    assert listing is not None
    entry = listing.files["daily"]
    assert (entry.version, entry.file, entry.first_step) == (5, "daily-5.cvd", 5)
    assert entry.sha256 == digest(upstream.tree.root / entry.file)
    assert listing.next - listing.made == upstream.policy.every
    record = f"0:5:{listing.made}:0:90:0:0\n"
    assert (upstream.tree.root / "dns.txt").read_text().partition(":")[2] == record


def test_then_only_steps_do(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    for version in (6, 7):
        upstream.offer(version)
    upstream.sync()
    assert upstream.source.asked == ["/daily.cvd", "/daily-6.cdiff", "/daily-7.cdiff"]
    assert target(upstream.tree, "daily.cvd") == "daily-5.cvd"
    assert target(upstream.tree, "daily.cld") == "daily-7.cld"
    assert verify(upstream.tree.root / "daily.cld", feeds.KEYS).version == 7
    listing = upstream.tree.listing()
    assert listing is not None
    assert (listing.files["daily"].version, listing.files["daily"].first_step) == (7, 5)


def test_steps_that_were_not_needed_here_are_fetched_for_clients(upstream: Upstream) -> None:
    for version in (3, 4, 5):
        upstream.offer(version)
    upstream.sync()
    assert {"daily-3.cdiff", "daily-4.cdiff", "daily-5.cdiff"} <= upstream.names()
    asked = upstream.source.asked
    assert asked.count("/daily-2.cdiff") == 1
    upstream.sync()
    assert "/daily-2.cdiff" not in upstream.source.asked  # known not to be there


def test_a_signed_database_is_fetched_when_the_last_is_too_old(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    for version in range(6, 10):
        upstream.offer(version)
    upstream.sync(whole_after=3)
    assert target(upstream.tree, "daily.cvd") == "daily-9.cvd"
    assert not (upstream.tree.root / "daily.cld").exists()
    listing = upstream.tree.listing()
    assert listing is not None
    assert listing.files["daily"].version == 9


def test_what_is_old_goes(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    for version in range(6, 12):
        upstream.offer(version)
        upstream.sync(versions=1, steps=3)
    assert {name for name in upstream.names() if is_immutable(name)} == {
        "daily-5.cvd",
        "daily-10.cvd",  # that from which the cdiffs that are left lead on
        "daily-10.cld",
        "daily-11.cld",
        "daily-9.cdiff",
        "daily-10.cdiff",
        "daily-11.cdiff",
    }


def test_a_source_that_fails_leaves_all_as_it_was(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    before = upstream.tree.listing()
    time.sleep(1.1)
    upstream.source.special["/daily.cvd"] = webserver.status(500)
    assert upstream.sync().results["daily"].status is Status.STALE
    after = upstream.tree.listing()
    assert before is not None
    assert after is not None
    assert (after.made, after.files) == (before.made, before.files)  # no newer promise


def test_a_first_sync_that_fails_promises_nothing(upstream: Upstream) -> None:
    upstream.sync()
    listing = upstream.tree.listing()
    assert listing is not None
    assert (listing.made, listing.files) == (0, {})
    assert listing.stale(time.time())


def test_damage_is_mended(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    path = upstream.tree.root / "daily-5.cvd"
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)
    assert "not the bytes that were published" in status(upstream.tree).rows[0].damage
    upstream.sync()
    assert not status(upstream.tree).damaged
    assert verify(path, feeds.KEYS).version == 5


def test_databases_of_ones_own_are_published_too(upstream: Upstream, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    upstream.offer(5)
    (own / "mine.ndb").write_text("Mine:0:*:6d696e65\n")
    (own / "notes.txt").write_text("not a database\n")
    feeds.database(own / "house.cvd", 3)
    upstream.sync(own=own)
    listing = upstream.tree.listing()
    assert listing is not None
    assert set(listing.files) == {"daily", "mine.ndb", "house.cvd"}
    assert listing.files["house.cvd"].file == "house-3.cvd"
    loose = listing.files["mine.ndb"]
    assert loose.file == f"mine-{loose.sha256[:16]}.ndb"
    assert is_immutable(loose.file)
    assert (upstream.tree.root / "mine.ndb").read_text() == "Mine:0:*:6d696e65\n"

    (own / "mine.ndb").write_text("Mine:0:*:6d696e6532\n")
    (own / "house.cvd").unlink()
    feeds.database(own / "house.cvd", 3, b"another\n")
    outcome = upstream.sync(own=own)
    assert outcome.results["house.cvd"].status is Status.STALE
    assert "house.cvd: version 3 was published with other bytes" in upstream.heard
    assert (upstream.tree.root / "mine.ndb").read_text() == "Mine:0:*:6d696e6532\n"
    assert target(upstream.tree, "house.cvd") == "house-3.cvd"


def test_what_certificates_vouch_for_is_passed_on(upstream: Upstream, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    upstream.offer(5)
    path = notary.own(own / "house.cvd", 3)
    for name in ("house-3.cvd.sign", "house-3.cdiff", "house-3.cdiff.sign"):
        notary.sign(path, own / name)
    upstream.sync(own=own)
    assert "house.cvd" in upstream.heard  # as nobody vouches for it
    listing = upstream.tree.listing()
    assert listing is not None
    assert "house.cvd" not in listing.files
    upstream.options = replace(
        upstream.options, keys=replace(feeds.KEYS, authorities=notary.Notary())
    )
    beside = upstream.source.folder / "daily-6.cvd.sign"
    upstream.offer(6)
    notary.sign(upstream.source.folder / "daily.cvd", beside)
    upstream.options = replace(upstream.options, scripted=False)
    upstream.sync(own=own)
    assert (upstream.tree.root / beside.name).read_bytes() == beside.read_bytes()
    assert target(upstream.tree, "house.cvd") == "house-3.cvd"
    for name in ("house-3.cvd.sign", "house-3.cdiff", "house-3.cdiff.sign"):
        assert (upstream.tree.root / name).read_bytes() == (own / name).read_bytes()


def test_the_listing_is_signed(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync(private=feeds.PRIVATE.info)
    raw = (upstream.tree.root / "listing.txt").read_bytes()
    assert parse(raw, feeds.KEYS.info).files["daily"].version == 5


def test_two_do_not_get_in_each_others_way(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.tree.root.mkdir()
    with locked(upstream.tree.lock), pytest.raises(BusyError):
        upstream.sync()
    upstream.sync()


def test_ages_are_those_of_the_databases(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    assert int((upstream.tree.root / "daily-5.cvd").stat().st_mtime) == feeds.BUILT


def test_a_source_that_wants_to_be_left_alone_is(upstream: Upstream) -> None:
    for version in (4, 5):
        upstream.offer(version)
    upstream.source.special["/daily-5.cdiff"] = webserver.status(429, Retry_After="600")
    upstream.sync()
    assert target(upstream.tree, "daily.cvd") == "daily-5.cvd"
    upstream.sync()
    assert not upstream.source.asked
    assert "cool-down" in upstream.heard


def test_databases_of_ones_own_go_by_steps_too(upstream: Upstream, tmp_path: Path) -> None:
    """Built and signed as `sigtool --build` does, fetched by name with DatabaseCustomURL."""
    keys = replace(feeds.KEYS, authorities=Notary())
    upstream.options = replace(upstream.options, databases=(), keys=keys)
    own_folder = tmp_path / "own"
    own_folder.mkdir()
    release(own_folder, 3)
    upstream.sync(own=own_folder)
    with webserver.serving(upstream.tree.root) as served:
        host = client(tmp_path / "client", served.url)
        custom = {"own.cvd": f"{served.url}/own.cvd"}
        changes = {"databases": (), "customs": custom, "keys": keys}
        assert host.update(**changes).activated
        assert verify(host.options.directory / "own.cvd", keys).version == 3
        for version in (4, 5):
            release(own_folder, version)
            upstream.sync(own=own_folder)
        listing = upstream.tree.listing()
        assert listing is not None
        assert (listing.files["own.cvd"].version, listing.files["own.cvd"].first_step) == (5, 4)
        served.asked.clear()
        outcome = host.update(**changes)
        assert outcome.results["own"].version == 5
        assert [name for name in served.asked if not name.endswith(".sign")] == [
            "/listing.txt",
            "/own-4.cdiff",
            "/own-5.cdiff",
        ]
        assert [path.name for path in host.options.directory.glob("own.*")] == ["own.cld"]
        served.special["/listing.txt"] = webserver.status(500)
        host.update(**changes)  # what is here stays, whatever the mirror says
        assert [path.name for path in host.options.directory.glob("own.*")] == ["own.cld"]


def release(folder: Path, version: int) -> None:
    """A version of a database of one's own, with its `.sign`, and the signed step to it."""
    unpacked = folder.parent / "unpacked"
    before, after = unpacked / str(version - 1), unpacked / str(version)
    after.mkdir(parents=True)
    (after / "own.hdb").write_bytes(feeds.lines(version))
    fresh = folder.parent / "own.cvd"
    fresh.unlink(missing_ok=True)
    build(after, "own", fresh, feeds.header(version, 5), Beside())
    fresh.replace(folder / "own.cvd")
    sign(folder / "own.cvd", folder / f"own-{version}.cvd.sign")
    if before.exists():
        script = folder.parent / "script"
        lines = compare_folders(before, after)
        script.write_bytes(b"".join(line + b"\n" for line in lines))
        step = folder / f"own-{version}.cdiff"
        write_cdiff(script, step, version, Nobody())
        sign(step, folder / f"own-{version}.cdiff.sign")
