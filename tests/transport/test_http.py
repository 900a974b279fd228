from __future__ import annotations

import io
import itertools
import time
from typing import TYPE_CHECKING

import pytest

import webserver
from nacre.transport.http import FetchError, Request, Response, Terms, fetch
from nacre.transport.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

pytestmark = pytest.mark.enable_socket

TERMS = Terms("nacre-test", connect_seconds=5, pause_seconds=5, total_seconds=20)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[webserver.Mirror]:
    with webserver.serving(tmp_path) as server:
        yield server


def get(url: str, terms: Terms = TERMS, max_size: int = 1 << 20) -> tuple[Response, bytes]:
    out = io.BytesIO()
    response = fetch(Request(url, max_size, {"If-None-Match": '"x"'}), out, terms)
    return response, out.getvalue()


def test_a_file_comes_whole(mirror: webserver.Mirror) -> None:
    content = bytes(range(256)) * 1000
    (mirror.folder / "a").write_bytes(content)
    response, data = get(f"{mirror.url}/a")
    assert (response.status, response.size, data) == (200, len(content), content)
    assert mirror.headers[0]["user-agent"] == "nacre-test"
    assert mirror.headers[0]["if-none-match"] == '"x"'


@pytest.mark.parametrize("code", [304, 403, 404, 429, 500])
def test_other_answers_write_nothing(mirror: webserver.Mirror, code: int) -> None:
    mirror.special["/a"] = webserver.status(code, Retry_After="7")
    response, data = get(f"{mirror.url}/a")
    assert (response.status, data, response.headers["retry-after"]) == (code, b"", "7")


def test_redirections_are_followed_and_counted(mirror: webserver.Mirror) -> None:
    (mirror.folder / "b").write_bytes(b"there")
    mirror.special["/a"] = webserver.status(302, Location="/b")
    response, data = get(f"{mirror.url}/a")
    assert (response.url, data) == (f"{mirror.url}/b", b"there")
    mirror.special["/b"] = webserver.status(301, Location="/a")
    with pytest.raises(FetchError, match="too many redirections"):
        get(f"{mirror.url}/a")
    mirror.special["/a"] = webserver.status(302, Location="file:///etc/passwd")
    with pytest.raises(FetchError, match="not an address"):
        get(f"{mirror.url}/a")


def test_a_short_body_is_an_error(mirror: webserver.Mirror) -> None:
    mirror.special["/a"] = webserver.body(b"abc", length=100)
    with pytest.raises(FetchError, match="3 bytes of 100"):
        get(f"{mirror.url}/a")


def test_an_endless_body_ends(mirror: webserver.Mirror) -> None:
    mirror.special["/a"] = webserver.pieces(itertools.repeat(b"x" * 65536))
    with pytest.raises(FetchError, match="larger than 1000000 bytes"):
        get(f"{mirror.url}/a", max_size=1_000_000)


def drip() -> Iterator[bytes]:
    while True:
        time.sleep(0.02)
        yield b"x"


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (Terms("x", pause_seconds=0.3, total_seconds=30, least_rate=1_000_000), "too slow"),
        (Terms("x", pause_seconds=30, total_seconds=0.4, least_rate=0), "took longer|timed out"),
    ],
)
def test_a_slow_drip_ends(mirror: webserver.Mirror, terms: Terms, reason: str) -> None:
    mirror.special["/a"] = webserver.pieces(drip())
    with pytest.raises(FetchError, match=reason):
        get(f"{mirror.url}/a", terms)


def test_headers_may_not_drip_for_ever(mirror: webserver.Mirror) -> None:
    def headers(request: BaseHTTPRequestHandler) -> None:
        for piece in itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], drip()):
            request.wfile.write(piece)

    mirror.special["/a"] = headers
    with pytest.raises(FetchError):
        get(f"{mirror.url}/a", Terms("x", pause_seconds=30, total_seconds=0.4))


def test_a_pause_ends_it(mirror: webserver.Mirror) -> None:
    def silence() -> Iterator[bytes]:
        yield b"a"
        time.sleep(3)

    mirror.special["/a"] = webserver.pieces(silence(), 100)
    with pytest.raises(FetchError, match="timed out"):
        get(f"{mirror.url}/a", Terms("x", pause_seconds=0.2))


def test_a_proxy_is_asked_for_the_whole_address(mirror: webserver.Mirror) -> None:
    (mirror.folder / "a").write_bytes(b"by proxy")
    proxy = Proxy("127.0.0.1", mirror.port, "me", "secret")
    _, data = get("http://database.example/x/a", Terms("x", proxy=proxy))
    assert data == b"by proxy"
    assert mirror.asked == ["http://database.example/x/a"]
    assert mirror.headers[0]["host"] == "database.example"
    assert mirror.headers[0]["proxy-authorization"] == "Basic bWU6c2VjcmV0"
    assert "secret" not in repr(proxy)


def test_the_address_to_connect_from(mirror: webserver.Mirror) -> None:
    (mirror.folder / "a").write_bytes(b"x")
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.client_address[0])
        webserver.body(b"x")(request)

    mirror.special["/a"] = answer
    get(f"{mirror.url}/a", Terms("x", local_address="127.0.0.2"))
    assert seen == ["127.0.0.2"]


@pytest.mark.parametrize(
    "url", ["", "ftp://x/y", "http://", "http://x:99999/", "http://x/a b", "http://x/\r\nA: b"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FetchError, match="not an address"):
        get(url)


def test_nobody_there_is_told() -> None:
    with pytest.raises(FetchError, match="refused"):
        get("http://127.0.0.1:9/a")


def test_a_full_disk_is_not_the_mirrors_fault(mirror: webserver.Mirror) -> None:
    (mirror.folder / "a").write_bytes(b"x" * 100_000)
    with (
        open("/dev/full", "wb", buffering=0) as full,  # noqa: PTH123 - a device
        pytest.raises(OSError, match="No space left"),
    ):
        fetch(Request(f"{mirror.url}/a", 1 << 20), full, TERMS)
