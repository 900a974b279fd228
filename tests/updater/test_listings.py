from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import feeds
import webserver
from nacre.feed.listing import GRACE, Entry, Listing
from nacre.feed.mirror import Mirror
from nacre.mirror.tree import digest
from nacre.updater import listings
from nacre.updater.generations import Generations
from nacre.updater.outcome import Status
from nacre.updater.update import read_state

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from updating import Host

pytestmark = pytest.mark.enable_socket


def listed(host: Host, version: int, made: float | None = None, first: int = 0) -> bytes:
    """The listing of a mirror that has this version, as a file, and as it was offered."""
    name = f"daily-{version}.cvd"
    path = host.mirror.folder / name
    if not path.exists():
        path.write_bytes((host.mirror.folder / "daily.cvd").read_bytes())
    seconds = int(time.time() if made is None else made)
    entry = Entry(version, name, path.stat().st_size, digest(path), first)
    text = Listing(seconds, seconds + 3600, {"daily": entry}).text()
    (host.mirror.folder / "listing.txt").write_bytes(text)
    return text


def private(host: Host) -> Host:
    return replace(
        host, options=replace(host.options, mirrors=(Mirror(host.mirror.url, private=True),))
    )


def test_versioned_names_are_asked_for(host: Host) -> None:
    host = private(host)
    host.offer(5)
    listed(host, 5)
    assert host.update().results["daily"].version == 5
    assert host.mirror.asked == ["/listing.txt", "/daily-5.cvd"]
    assert host.update().results["daily"].status is Status.CURRENT
    assert host.mirror.asked == ["/listing.txt"]


def test_private_mirrors_have_steps_when_they_list_them(host: Host) -> None:
    host = private(host)
    host.offer(5)
    listed(host, 5)
    host.update()
    for version in (6, 7):
        host.offer(version)
    listed(host, 7, first=6)
    assert host.update().results["daily"].version == 7
    assert host.mirror.asked == ["/listing.txt", "/daily-6.cdiff", "/daily-7.cdiff"]
    host.offer(8)
    host.offer(9)
    listed(host, 9, first=9)  # not from 7
    host.update()
    assert host.mirror.asked == ["/listing.txt", "/daily-9.cvd"]


def test_a_mirror_without_listings_is_not_asked_every_time(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = private(host)
    host.offer(5)
    host.update()
    assert host.mirror.asked == ["/listing.txt", "/daily.cld", "/daily.cvd", "/daily.cvd"]
    host.update()
    assert "/listing.txt" not in host.mirror.asked
    until = read_state(Generations(host.folder)).plain[host.mirror.url]
    assert time.time() < until <= time.time() + listings.PLAIN_SECONDS
    monkeypatch.setattr(listings, "PLAIN_SECONDS", 0)
    listed(host, 5)
    host.update()
    assert host.mirror.asked == ["/listing.txt"]


def cached(host: Host, old: bytes) -> None:
    """From now on there is a cache between that answers with `old`, if it is not asked past."""
    fresh = (host.mirror.folder / "listing.txt").read_bytes

    def answer(request: BaseHTTPRequestHandler) -> None:
        webserver.body(fresh() if "?" in request.path else old)(request)

    host.mirror.special["/listing.txt"] = answer


def test_a_cache_that_keeps_an_old_listing_is_asked_past_and_told(host: Host) -> None:
    host = private(host)
    host.offer(5)
    old = listed(host, 5, time.time() - 3600 - GRACE - 5)
    host.update()
    host.offer(6)
    listed(host, 6, first=6)
    cached(host, old)
    assert host.update().results["daily"].version == 6
    assert host.mirror.asked[:2] == ["/listing.txt", "/listing.txt"]
    assert "a cache between keeps a listing of" in host.heard


def test_a_listing_older_than_one_that_came_before_is_asked_past(host: Host) -> None:
    host = private(host)
    host.offer(5)
    old = listed(host, 5, time.time() - 100)
    host.offer(6)
    listed(host, 6)
    host.update()
    cached(host, old)
    outcome = host.update()
    assert outcome.results["daily"].status is Status.CURRENT
    assert "a cache between" in host.heard


@pytest.mark.parametrize("age", [3600 + GRACE + 60, 10 * 24 * 3600])
def test_a_stale_mirror_is_told(host: Host, age: int) -> None:
    host = private(host)
    host.offer(5)
    listed(host, 5, time.time() - age)
    assert host.update().results["daily"].status is Status.STALE
    assert "is stale: nothing newer than" in host.heard
    assert (host.folder / "daily.cvd").exists()  # and yet better than nothing


def test_a_clock_that_is_wrong_is_told(host: Host) -> None:
    host = private(host)
    host.offer(5)
    listed(host, 5, time.time() + 7200)
    assert host.update().results["daily"].status is Status.UPDATED
    assert "which clock is wrong?" in host.heard


def test_other_bytes_than_listed_are_asked_for_past_caches(host: Host) -> None:
    host = private(host)
    host.offer(5)
    listed(host, 5)
    whole = (host.mirror.folder / "daily-5.cvd").read_bytes()
    older = feeds.database(host.mirror.folder / "daily-4.cvd", 4).read_bytes()

    def answer(request: BaseHTTPRequestHandler) -> None:
        webserver.body(whole if "?past=" in request.path else older)(request)

    host.mirror.special["/daily-5.cvd"] = answer
    assert host.update().results["daily"].status is Status.MISSING
    assert "not the bytes that the mirror lists" in host.heard
    assert host.update(attempts=2).results["daily"].version == 5


@pytest.mark.parametrize("text", [b"<html>log in to the network</html>", b"\0" * 100, b""])
def test_what_is_no_listing_changes_nothing(host: Host, text: bytes) -> None:
    host = private(host)
    host.offer(5)
    listed(host, 5)
    host.update()
    (host.mirror.folder / "listing.txt").write_bytes(text)
    outcome = host.update()
    assert outcome.results["daily"].status is Status.STALE
    assert "not a listing of a nacre mirror" in host.heard


def test_loose_files_are_compared_with_their_digest(host: Host) -> None:
    host = private(host)
    loose = host.mirror.folder / "mine-0123456789abcdef.ndb"
    loose.write_text("Mine:0:*:6d696e652d6f662d6f6e65732d6f776e\n")
    now = int(time.time())
    entry = Entry(0, loose.name, loose.stat().st_size, digest(loose))
    listing = Listing(now, now + 3600, {"mine.ndb": entry})
    (host.mirror.folder / "listing.txt").write_bytes(listing.text())
    custom = {"mine.ndb": host.mirror.url + "/mine.ndb"}
    changes = {"databases": (), "customs": custom}
    assert host.update(**changes).results["mine.ndb"].status is Status.UPDATED
    assert host.mirror.asked == ["/listing.txt", f"/{loose.name}"]
    assert host.update(**changes).results["mine.ndb"].status is Status.CURRENT
    assert host.mirror.asked == ["/listing.txt"]
    listing = replace(listing, files={"mine.ndb": replace(entry, sha256="0" * 64)})
    (host.mirror.folder / "listing.txt").write_bytes(listing.text())
    outcome = host.update(**changes)
    assert outcome.results["mine.ndb"].status is Status.STALE
    assert "not the bytes that the mirror lists" in host.heard
    host.mirror.special[f"/{loose.name}"] = webserver.status(304)
    assert host.update(**changes).results["mine.ndb"].status is Status.STALE
    assert "told that it did not" in host.heard
