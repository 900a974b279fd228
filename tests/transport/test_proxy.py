from __future__ import annotations

import io
import itertools
import ssl
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import proxying
import webserver
from nacre.transport.http import FetchError, Identity, Request, Terms, fetch
from nacre.transport.proxy import Kind, Proxy

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket

TERMS = Terms("nacre-test", connect_seconds=5, pause_seconds=5, total_seconds=20)
CONTENT = bytes(range(256)) * 2000
USER, PASSWORD = proxying.ME
SOCKS = [Kind.SOCKS4, Kind.SOCKS4A, Kind.SOCKS5, Kind.SOCKS5H]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[webserver.Mirror]:
    with webserver.serving(tmp_path) as server:
        (server.folder / "a").write_bytes(CONTENT)
        yield server


def get(url: str, terms: Terms) -> bytes:
    out = io.BytesIO()
    assert fetch(Request(url, 1 << 20), out, terms).status == 200
    return out.getvalue()


def by(relay: proxying.Relay, kind: Kind, password: str = PASSWORD) -> Proxy:
    return Proxy("127.0.0.1", relay.port, USER, password, kind)


def certificate(folder: Path, name: str, password: bytes = b"") -> tuple[Path, Path]:
    made = pytest.importorskip("certificates", reason="certificates need cryptography")
    pem, key = made.certificate(folder, name, password)
    return pem, key


def tls(folder: Path) -> tuple[ssl.SSLContext, Terms]:
    """A server's context, and the terms of who trusts it."""
    pem, key = certificate(folder, "localhost")
    return proxying.server_context(pem, key), replace(TERMS, ca_file=str(pem))


@pytest.mark.parametrize("kind", SOCKS)
def test_socks_proxies_connect(mirror: webserver.Mirror, kind: Kind) -> None:
    host = "mirror.example" if kind in {Kind.SOCKS4A, Kind.SOCKS5H} else "127.0.0.1"
    with proxying.relaying(mirror.port, kind.value[5]) as relay:
        assert get(f"http://{host}:8080/a", replace(TERMS, proxy=by(relay, kind))) == CONTENT
    assert relay.asked == [(host, 8080)]
    assert relay.users == [USER]
    assert mirror.asked == ["/a"]
    assert "proxy-authorization" not in mirror.headers[0]


def test_socks5_without_a_name_and_with_ipv6(mirror: webserver.Mirror) -> None:
    with proxying.relaying(mirror.port, "5") as relay:
        proxy = Proxy("127.0.0.1", relay.port, kind=Kind.SOCKS5)
        assert get("http://[::1]/a", replace(TERMS, proxy=proxy)) == CONTENT
    assert (relay.asked, relay.users) == ([("::1", 80)], [])


@pytest.mark.parametrize("kind", [*SOCKS, Kind.HTTP])
def test_an_https_mirror_through_a_proxy(
    mirror: webserver.Mirror, tmp_path: Path, kind: Kind
) -> None:
    context, terms = tls(tmp_path)
    letter = "C" if kind is Kind.HTTP else kind.value[5]
    with (
        proxying.listening(behind(mirror), context) as port,
        proxying.relaying(port, letter) as relay,
    ):
        assert get("https://localhost:4433/a", replace(terms, proxy=by(relay, kind))) == CONTENT
    assert relay.asked[0][1] == 4433
    assert mirror.asked == ["/a"]


def behind(mirror: webserver.Mirror) -> Callable[[socket.socket], None]:
    """Hands on what came by TLS."""
    return proxying.Relay(mirror.port, "").join


def test_an_https_mirror_through_an_https_proxy(mirror: webserver.Mirror, tmp_path: Path) -> None:
    context, terms = tls(tmp_path)
    with (
        proxying.listening(behind(mirror), context) as port,
        proxying.relaying(port, "C", context) as relay,
    ):
        proxied = replace(terms, proxy=by(relay, Kind.HTTPS))
        assert get("https://localhost/a", proxied) == CONTENT
        with pytest.raises(FetchError, match="certificate verify failed"):
            get("https://other.example/a", proxied)
    assert relay.asked == [("localhost", 443), ("other.example", 443)]


def test_an_http_mirror_through_an_https_proxy(mirror: webserver.Mirror, tmp_path: Path) -> None:
    context, terms = tls(tmp_path)
    with proxying.listening(behind(mirror), context) as port:
        proxy = Proxy("localhost", port, USER, PASSWORD, Kind.HTTPS)
        assert get("http://mirror.example/a", replace(terms, proxy=proxy)) == CONTENT
    assert mirror.asked == ["http://mirror.example/a"]
    assert "proxy-authorization" in mirror.headers[0]


@pytest.mark.parametrize(
    ("kind", "letter", "reason"),
    [
        (Kind.SOCKS5, "5", "does not accept the user name"),
        (Kind.HTTP, "C", "refuses: 407 Proxy Authentication Required"),
    ],
)
def test_a_wrong_password(mirror: webserver.Mirror, kind: Kind, letter: str, reason: str) -> None:
    with proxying.relaying(mirror.port, letter) as relay:
        terms = replace(TERMS, proxy=by(relay, kind, "wrong"))
        with pytest.raises(FetchError, match=reason):
            get("https://127.0.0.1/a", terms)
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("kind", "said", "reason"),
    [
        (Kind.SOCKS4, b"\0\x5b" + bytes(6), r"refuses \(91\)"),
        (Kind.SOCKS4, b"HTTP/1.1 400", "refuses"),
        (Kind.SOCKS5, b"\5\xff", "wants a user name"),
        (Kind.SOCKS5, b"\4\0", "does not speak SOCKS 5"),
        (Kind.SOCKS5, b"\5\0\5\5\0\1", "connection refused"),
        (Kind.SOCKS5, b"\5\0\5\0\0\7", "no known kind"),
        (Kind.SOCKS5, b"\5\0\5\0\0\3\xff1234", "hung up"),
        (Kind.SOCKS5H, b"", "hung up"),
        (Kind.HTTP, b"SSH-2.0-x\r\n\r\n", "does not answer as one"),
        (Kind.HTTP, b"HTTP/1.1 200", "does not answer as one"),
        (Kind.HTTP, b"HTTP/1.1 200 \r\nX: " + b"x" * 40_000, "does not answer as one"),
    ],
)
def test_what_a_proxy_may_say(kind: Kind, said: bytes, reason: str) -> None:
    def serve(client: socket.socket) -> None:
        client.recv(1 << 10)
        client.sendall(said)
        client.shutdown(1)
        while client.recv(1 << 10):
            pass

    with proxying.listening(serve) as port:
        terms = replace(TERMS, proxy=Proxy("127.0.0.1", port, kind=kind))
        with pytest.raises(FetchError, match=reason):
            get("https://127.0.0.1/a", terms)


@pytest.mark.parametrize("kind", [Kind.SOCKS5, Kind.HTTP])
def test_a_proxy_may_not_drip_for_ever(kind: Kind) -> None:
    def serve(client: socket.socket) -> None:
        start = b"\5\0\5\0\0\3\xff" if kind is Kind.SOCKS5 else b"HTTP/1.1 200 \r\nX: "
        for byte in itertools.chain(start, itertools.repeat(120)):
            client.sendall(bytes([byte]))
            time.sleep(0.02)

    with proxying.listening(serve) as port:
        proxy = Proxy("127.0.0.1", port, kind=kind)
        terms = Terms("x", connect_seconds=30, pause_seconds=30, total_seconds=0.4, proxy=proxy)
        began = time.monotonic()
        with pytest.raises(FetchError):
            get("https://127.0.0.1/a", terms)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(("user", "password"), [("x" * 256, "y"), ("x", "y" * 256), ("x", "")])
def test_names_that_socks5_cannot_say(mirror: webserver.Mirror, user: str, password: str) -> None:
    with proxying.relaying(mirror.port, "5") as relay:
        proxy = Proxy("127.0.0.1", relay.port, user, password, Kind.SOCKS5)
        with pytest.raises(FetchError, match="empty or too long"):
            get("http://127.0.0.1/a", replace(TERMS, proxy=proxy))


def test_a_mirror_that_wants_to_know_who_asks(mirror: webserver.Mirror, tmp_path: Path) -> None:
    context, terms = tls(tmp_path)
    pem, key = certificate(tmp_path, "client", b"open sesame")
    context.load_verify_locations(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    with proxying.listening(behind(mirror), context) as port:
        url = f"https://localhost:{port}/a"
        known = replace(terms, identity=Identity(str(pem), str(key), "open sesame"))
        assert get(url, known) == CONTENT
        with pytest.raises(FetchError):
            get(url, terms)
        with pytest.raises(FetchError):  # and nobody is asked for the password
            get(url, replace(terms, identity=Identity(str(pem), str(key))))
    assert mirror.asked == ["/a"]
    assert "sesame" not in repr(known)
