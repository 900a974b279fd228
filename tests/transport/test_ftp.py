from __future__ import annotations

import io
import os
import time
from typing import TYPE_CHECKING

import pytest

import ftpserver
from nacre.transport.ftp import fetch
from nacre.transport.http import FetchError, Request, Response, Terms
from nacre.transport.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket

TERMS = Terms("x", connect_seconds=5, pause_seconds=5, total_seconds=20)
CONTENT = bytes(range(256)) * 1000
WHEN = 1_700_000_000
"""Tue, 14 Nov 2023 22:13:20 GMT."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ftpserver.Host]:
    (tmp_path / "a b.ndb").write_bytes(CONTENT)
    os.utime(tmp_path / "a b.ndb", (WHEN, WHEN))
    with ftpserver.serving(tmp_path) as made:
        yield made


def get(
    url: str, terms: Terms = TERMS, size: int = 1 << 20, since: str = ""
) -> tuple[Response, bytes]:
    out = io.BytesIO()
    headers = {"If-Modified-Since": since} if since else {}
    return fetch(Request(url, size, headers), out, terms), out.getvalue()


def test_a_file_comes_whole_and_dated(host: ftpserver.Host) -> None:
    response, data = get(f"{host.url}/a%20b.ndb")
    assert (response.status, response.size, data) == (200, len(CONTENT), CONTENT)
    assert response.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert host.asked[0] == "USER anonymous"
    assert host.asked[-1] == "RETR a b.ndb"


def test_who_asks(host: ftpserver.Host) -> None:
    get(host.url.replace("//", "//me:p%40ss@") + "/a%20b.ndb")
    assert host.asked[:2] == ["USER me", "PASS p@ss"]


def test_what_has_not_changed_is_not_fetched(host: ftpserver.Host) -> None:
    url = f"{host.url}/a%20b.ndb"
    assert get(url, since="Tue, 14 Nov 2023 22:13:20 GMT")[0].status == 304
    assert get(url, since="Tue, 14 Nov 2023 22:13:19 GMT")[0].status == 200
    assert sum(command.startswith("RETR") for command in host.asked) == 1


def test_what_is_not_there(host: ftpserver.Host) -> None:
    assert get(f"{host.url}/other.ndb")[0].status == 404


def test_a_host_that_knows_neither_times_nor_sizes(host: ftpserver.Host) -> None:
    host.answers = {"MDTM": b"500 what?\r\n", "SIZE": b"502 what?\r\n"}
    response, data = get(f"{host.url}/a%20b.ndb", since="Tue, 14 Nov 2023 22:13:20 GMT")
    assert (response.status, response.headers, data) == (200, {}, CONTENT)


@pytest.mark.parametrize("sizes", [True, False])
def test_a_short_file_is_an_error(host: ftpserver.Host, *, sizes: bool) -> None:
    host.cut = 100
    if not sizes:
        host.answers["SIZE"] = b"500 what?\r\n"
    with pytest.raises(FetchError, match="100 bytes of 256000" if sizes else "451 broken"):
        get(f"{host.url}/a%20b.ndb")


def test_bounds(host: ftpserver.Host) -> None:
    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        get(f"{host.url}/a%20b.ndb", size=1000)
    host.slow = 0.02
    with pytest.raises(FetchError, match="too slow"):
        get(f"{host.url}/a%20b.ndb", Terms("x", pause_seconds=0.3, least_rate=1_000_000))
    began = time.monotonic()
    with pytest.raises(FetchError):
        get(f"{host.url}/a%20b.ndb", Terms("x", total_seconds=0.4, least_rate=0))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"": b"220-" + b"x" * 7000 + b"\r\n" + b"y" * 7000 + b"\r\n"}, "timed out"),
        ({"": b"220-x\r\n" * 20_000}, "says too much"),
        ({"": b"220-" + b"x" * 10_000}, "got more than 8192 bytes"),
        ({"": b""}, "timed out"),
        ({"PASS": b"530 no \x1b[2J\xff\r\n"}, r"530 no \\x1b"),
        ({"PASV": b"227 (1,2,3,4,5)\r\n"}, "227"),
        ({"MDTM": b"213 99999999999999\r\n"}, "99999999999999"),
    ],
)
def test_what_a_host_may_say(host: ftpserver.Host, answers: dict[str, bytes], reason: str) -> None:
    host.answers = answers
    with pytest.raises(FetchError, match=reason):
        get(f"{host.url}/a%20b.ndb", Terms("x", connect_seconds=1, pause_seconds=1))


@pytest.mark.parametrize("url", ["ftp://", "ftp://x/", "http://x/y", "ftp://x/\u00e9"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FetchError, match="not an address"):
        get(url)


def test_no_commands_in_names(host: ftpserver.Host) -> None:
    with pytest.raises(FetchError, match="newline"):
        get(f"{host.url}/a%0d%0aDELE%20x")
    assert not any("DELE" in command for command in host.asked)


def test_no_proxies() -> None:
    with pytest.raises(FetchError, match="not through a proxy"):
        get("ftp://x/y", Terms("x", proxy=Proxy("127.0.0.1", 9)))


def test_a_full_disk_is_not_the_hosts_fault(host: ftpserver.Host) -> None:
    with (
        open("/dev/full", "wb", buffering=0) as full,  # noqa: PTH123 - a device
        pytest.raises(OSError, match="No space left"),
    ):
        fetch(Request(f"{host.url}/a%20b.ndb", 1 << 20), full, TERMS)
