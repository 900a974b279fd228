from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeds
from nacre.cvd.signature import Key
from nacre.feed.listing import GRACE, Entry, Listing, key_text, parse, parse_key
from nacre.model.errors import ConfigError, ProtocolError

DIGEST = "ab" * 32
ENTRY = Entry(27999, "daily-27999.cld", 61_234_567, DIGEST, 27950)
LISTING = Listing(1_000_000, 1_003_600, {"daily": ENTRY}, "1.4.3", warn=True)
PRIVATE, PUBLIC = feeds.PRIVATE.info, feeds.KEYS.info


def signed() -> bytes:
    return LISTING.text(PRIVATE, bytes(32))


def test_what_is_written_is_read_again() -> None:
    assert parse(LISTING.text()) == LISTING
    assert parse(signed()) == LISTING
    assert parse(signed(), PUBLIC) == LISTING


def test_it_is_small() -> None:
    files = dict.fromkeys(("main", "daily", "bytecode"), ENTRY)
    text = Listing(1, 2, files).text(PRIVATE, bytes(32))
    assert len(text) < 1200


@pytest.mark.parametrize("change", [b"made:1", b"daily:2", b"ab", b"1.4", b"DSIG:"])
def test_a_changed_listing_is_not_believed(change: bytes) -> None:
    changed = signed().replace(change, bytes((change[0] ^ 1,)) + change[1:], 1)
    with pytest.raises(ProtocolError, match=r"signed|not a listing"):
        parse(changed, PUBLIC)


def test_without_its_signature_neither() -> None:
    with pytest.raises(ProtocolError, match="not signed with MirrorKey"):
        parse(LISTING.text(), PUBLIC)
    other = Key(PUBLIC.modulus + 2, PUBLIC.exponent)
    with pytest.raises(ProtocolError, match="not signed with MirrorKey"):
        parse(signed(), other)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"nacre-listing:2\nmade:1\nnext:2\n",
        b"nacre-listing:1\n",
        b"nacre-listing:1\nmade:-1\nnext:2\n",
        b"nacre-listing:1\nmade:1\nnext:2\nfile:daily\n",
        b"nacre-listing:1\nmade:1\nnext:2\nfile:daily:1:../../etc/passwd:1:" + b"ab" * 32 + b":0\n",
        b"nacre-listing:1\nmade:1\nnext:2\nfile:daily:1:.hidden:1:" + b"ab" * 32 + b":0\n",
        b"nacre-listing:1\nmade:1\nnext:2\nfile:daily:1:daily-1.cvd:1:ab:0\n",
        b"nacre-listing:1\nmade:1\nnext:2\nrelease:$(reboot):0\n",
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_listing_or_refused(raw: bytes) -> None:
    with suppress(ProtocolError):
        assert parse(b"nacre-listing:1\nmade:1\nnext:2\n" + raw).next == 2


def test_words_of_later_versions_are_skipped() -> None:
    assert parse(LISTING.text().replace(b"file:", b"color:blue\nfile:")) == LISTING


def test_when_it_is_stale() -> None:
    assert not LISTING.stale(LISTING.next + GRACE)
    assert LISTING.stale(LISTING.next + GRACE + 1)
    assert LISTING.from_the_future(LISTING.made - 3601)
    assert not LISTING.from_the_future(LISTING.made - 3599)


def test_keys_travel_as_a_line() -> None:
    assert parse_key(key_text(PUBLIC) + "\n") == PUBLIC
    for wrong in ("", "nacre-mirror-key:", "nacre-mirror-key:!:b", "ssh-rsa AAAA"):
        with pytest.raises(ConfigError, match="not the key of a nacre mirror"):
            parse_key(wrong)
