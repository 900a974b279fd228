from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.feed import state
from nacre.feed.answer import MOST_SECONDS, Answer, Meaning, understood
from nacre.feed.mirror import Mirror, cdiff_name, custom_name, mirror
from nacre.feed.plan import LONGEST_CHAIN, Behind, Cdiffs, Nothing, Plan, Whole, plan
from nacre.feed.record import MAX_AGE, parse, parse_single
from nacre.model.errors import ConfigError, ProtocolError

NOW = 1_700_000_000


def test_the_record_of_the_official_databases() -> None:
    record = parse(f"1.4.3:62:27650:{NOW}:1:90:49192:336")
    assert record.versions == {"main": 62, "daily": 27650, "safebrowsing": 49192, "bytecode": 336}
    assert not record.stale(NOW + MAX_AGE)
    assert record.stale(NOW + MAX_AGE + 1)


@pytest.mark.parametrize(
    ("recommended", "flag", "release", "outdated"),
    [
        ("1.4.3", "1", "1.4.2", True),
        ("1.4.10", "1", "1.4.9", True),
        ("1.4.3", "0", "1.4.2", False),
        ("1.4.3", "1", "1.4.3", False),
        ("1.4.3", "1", "1.5.3", False),
        ("1.4.3", "1", "1.5.0-rc", False),
        ("; rm -rf", "1", "1.0.0", False),
    ],
)
def test_who_is_outdated(recommended: str, flag: str, release: str, *, outdated: bool) -> None:
    record = parse(f"{recommended}:62:27650:{NOW}:{flag}:90:49192:336")
    assert record.outdates(release) is outdated


def test_the_record_of_one_database() -> None:
    assert parse_single("test", f"7:{NOW}").versions == {"test": 7}
    with pytest.raises(ProtocolError):
        parse_single("test", "seven")


@pytest.mark.parametrize("text", ["", "a:b", "1.4.3:62:27650:never:1", "1.4.3:62"])
def test_what_is_no_record(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse(text)


@given(st.text())
def test_any_text_is_a_record_or_none(text: str) -> None:
    for read in (parse, lambda text: parse_single("x", text)):
        with contextlib.suppress(ProtocolError):
            assert all(version >= 0 for version in read(text).versions.values())


@pytest.mark.parametrize(
    ("have", "offered", "high_water", "expected"),
    [
        (None, 5, 0, Whole()),
        (None, 5, 9, Whole()),
        (5, 5, 5, Nothing()),
        (5, 5, 7, Behind(5, 7)),
        (5, 4, 5, Behind(4, 5)),
        (5, 6, 7, Behind(6, 7)),
        (5, 8, 5, Cdiffs((6, 7, 8))),
        (5, 6 + LONGEST_CHAIN, 5, Whole()),
    ],
)
def test_plans(have: int | None, offered: int, high_water: int, expected: Plan) -> None:
    assert plan(have, offered, high_water, scripted=True) == expected
    if isinstance(expected, Cdiffs):
        assert plan(have, offered, high_water, scripted=False) == Whole()


@pytest.mark.parametrize(
    ("status", "retry", "expected"),
    [
        (200, "", Answer(Meaning.CONTENT)),
        (206, "", Answer(Meaning.CONTENT)),
        (304, "", Answer(Meaning.UNCHANGED)),
        (404, "", Answer(Meaning.MISSING)),
        (403, "5", Answer(Meaning.FORBIDDEN, 24 * 3600)),
        (429, "90", Answer(Meaning.LATER, 90)),
        (429, "Tue, 14 Nov 2023 22:15:00 GMT", Answer(Meaning.LATER, 100)),
        (429, "", Answer(Meaning.LATER, 4 * 3600)),
        (429, "soon", Answer(Meaning.LATER, 4 * 3600)),
        (429, "999999999", Answer(Meaning.LATER, MOST_SECONDS)),
        (500, "", Answer(Meaning.FAILED)),
        (522, "", Answer(Meaning.FAILED)),
    ],
)
def test_answers(status: int, retry: str, expected: Answer) -> None:
    assert understood(status, {"retry-after": retry} if retry else {}, NOW) == expected


def test_the_state_is_kept() -> None:
    known = state.State(
        state.new().uuid, {"daily": 7}, {"main": 3}, NOW, forbidden=True, checked=NOW - 1
    )
    assert state.parse(known.to_json()) == known


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 100,
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"uuid": 3, "high_water": [], "blocked_until": "x", "checked": -1}',
        b'{"high_water": {"../x": 3, "daily": true, "main": -1}, "blocked_until": 1e99}',
    ],
)
def test_a_state_that_cannot_be_read_begins_anew(raw: bytes) -> None:
    found = state.parse(raw)
    assert (found.high_water, found.blocked_until, found.checked) == ({}, 0, 0)
    assert found.uuid


def test_a_clock_that_was_wrong_blocks_nobody() -> None:
    known = state.State("", blocked_until=NOW)
    assert known.blocked(NOW - 1)
    assert not known.blocked(NOW)
    assert not known.blocked(NOW - MOST_SECONDS - 1)


@pytest.mark.parametrize(
    ("text", "private", "expected"),
    [
        ("database.clamav.net", False, Mirror("https://database.clamav.net", private=False)),
        ("db.de.clamav.net", False, Mirror("https://database.clamav.net", private=False)),
        ("http://mirror.example/clamav/", True, Mirror("http://mirror.example/clamav", True)),  # noqa: FBT003
        ("mirror.example:8080", True, Mirror("http://mirror.example:8080", True)),  # noqa: FBT003
    ],
)
def test_mirrors(text: str, expected: Mirror, *, private: bool) -> None:
    assert mirror(text, private=private) == expected
    assert expected.url("daily.cvd") == f"{expected.base}/daily.cvd"


@pytest.mark.parametrize("text", ["", "ftp://x", "http://", "http://[", "a b", "x:y", "clamav.net"])
def test_what_is_no_private_mirror(text: str) -> None:
    with pytest.raises(ConfigError):
        mirror(text, private=True)


def test_names() -> None:
    assert cdiff_name("daily", 7) == "daily-7.cdiff"
    assert custom_name("https://x.example/a/b.ndb?key=1") == "b.ndb"
    for url in ("gopher://x/abc.ndb", "http://x/.ndb", "http://x/", "http://x/a%2fb.ndb"):
        with pytest.raises(ConfigError):
            custom_name(url)
