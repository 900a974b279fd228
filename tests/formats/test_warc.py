"""Web archives: records and the messages in them."""

from __future__ import annotations

import gzip
import zlib

import pytest

from nacre.filetype import own_type
from nacre.formats.archive.warc import WarcHandler
from nacre.model.budget import Budget
from nacre.model.errors import Corrupt
from nacre.model.event import Child, Event, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

TEXT = b"one line\n" * 100
PACKED = gzip.compress(TEXT, mtime=0)


def events(data: bytes, limits: Limits | None = None) -> list[Event]:
    return list(WarcHandler().extract(Fmap.from_bytes(data), Budget(limits or Limits())))


def contents(found: list[Event]) -> list[bytes]:
    return [event.data.read(0, 99_999) for event in found if isinstance(event, Child)]


def problems(found: list[Event]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Problem)]


def record(content: bytes, kind: bytes = b"resource", media: bytes = b"text/plain") -> bytes:
    return (
        b"WARC/1.1\r\nWARC-Type: %s\r\nwarc-target-uri: <http://x/>\r\nContent-Type: %s\r\n"
        b"CONTENT-LENGTH: %d\r\n\r\n%s\r\n\r\n" % (kind, media, len(content), content)
    )


def answer(fields: bytes, body: bytes) -> bytes:
    message = b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + body
    return record(message, b"response", b"application/http; msgtype=response")


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"", TEXT),
        (b"Content-Encoding: gzip\r\n", PACKED),
        (b"Content-Encoding: gzip\r\n", TEXT),  # decompressed by who recorded it
        (b"Content-Encoding: deflate\r\n", zlib.compress(TEXT)),
        (b"Content-Encoding: deflate\r\n", zlib.compress(TEXT, wbits=-15)),
        (b"Content-Encoding: other\r\n", TEXT),
        (b"Transfer-Encoding: chunked\r\n", b"384\r\n" + TEXT + b"\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", TEXT),
        (
            b"transfer-encoding: Chunked\r\nContent-Encoding: GZIP\r\n",
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED), PACKED),
        ),
    ],
)
def test_bodies(fields: bytes, body: bytes) -> None:
    found = events(answer(fields, body) + record(b"another"))
    assert contents(found) == [TEXT, b"another"]
    assert not problems(found)


def test_records_about_the_archive_are_left() -> None:
    data = record(b"software: x", b"warcinfo") + record(b"", b"revisit") + record(b"a", b"metadata")
    assert contents(events(data)) == [b"a"]


def test_damage_is_told_of() -> None:
    whole = record(TEXT)
    assert problems(events(whole[:-500])) == ["http://x/: 900 bytes promised, 404 present"]
    for behind, reason in ((b"other", "no record at"), (b"WARC/1.0\r\n\r\n", "has no size")):
        with pytest.raises(Corrupt, match=reason):
            events(whole + behind)
    cut = answer(b"Transfer-Encoding: chunked\r\n", b"10\r\n0123456789abcdef\r\n20\r\n01")
    found = events(cut)
    assert (contents(found), problems(found)) == (
        [b"0123456789abcdef01"],
        ["http://x/: its chunks end early"],
    )


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"", TEXT),
        (b"Content-Encoding: gzip\r\n", PACKED),
        (b"Transfer-Encoding: chunked\r\n", b"384\r\n" + TEXT + b"\r\n0\r\n\r\n"),
    ],
)
def test_a_body_over_the_limit_is_told_of_and_left(fields: bytes, body: bytes) -> None:
    found = events(answer(fields, body), Limits(max_file_size=500))
    assert not contents(found)
    assert [event.limit for event in found if isinstance(event, Problem)] == ["MaxFileSize"]


def test_by_its_first_bytes() -> None:
    assert own_type(Fmap.from_bytes(record(TEXT))) is FileType.WARC
