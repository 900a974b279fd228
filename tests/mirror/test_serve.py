from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

import feeds
from mirroring import client, free_port, serving
from nacre.feed.listing import key_text, parse_key
from nacre.transport.dns import DnsError, txt
from nacre.updater.outcome import Status

if TYPE_CHECKING:
    from pathlib import Path

    from mirroring import Upstream

pytest.importorskip("granian", reason="the extra `server` is not installed")
pytest.importorskip("starlette", reason="the extra `server` is not installed")
pytestmark = pytest.mark.enable_socket


def get(url: str, name: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request("GET", f"/{name}", headers=sent)
        answer = connection.getresponse()
        named = {key.lower(): value for key, value in answer.getheaders()}
        return answer.status, named, answer.read()
    finally:
        connection.close()


def test_names_that_never_change_may_be_kept_and_others_not(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    whole = (upstream.tree.root / "daily-5.cvd").read_bytes()
    with serving(upstream.tree) as url:
        for name, caching in (
            ("daily-5.cvd", "public, max-age=31536000, immutable"),
            ("daily.cvd", "no-cache"),
        ):
            status, headers, body = get(url, name)
            assert (status, headers["cache-control"], body) == (200, caching, whole)
            assert headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
            tag = headers["etag"]
            assert get(url, name, If_None_Match=tag)[::2] == (304, b"")
            assert get(url, name, If_None_Match='"other"')[0] == 200
            since = headers["last-modified"]
            assert get(url, name, If_Modified_Since=since)[::2] == (304, b"")
            assert get(url, name, If_Modified_Since="Tue, 14 Nov 2023 22:13:19 GMT")[0] == 200
            status, headers, body = get(url, name, Range="bytes=0-511")
            assert (status, body) == (206, whole[:512])
            assert headers["content-range"] == f"bytes 0-511/{len(whole)}"


def test_nothing_else_is_served(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    with serving(upstream.tree) as url:
        for name in (
            "", ".lock", ".work/daily.cvd", "../source/daily.cvd", "%2e%2e/source/daily.cvd",
            "daily.cvd/", "nothing.cvd", "daily-6.cvd", "a" * 5000, "%00", "//etc/passwd",
        ):  # fmt: skip
            status, _, _ = get(url, name)
            assert status in {400, 404, 414}, name
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("POST", "/daily.cvd", body=b"x")
        assert connection.getresponse().status == 405
        connection.close()


def test_clients_take_steps_and_then_ask_once(upstream: Upstream, tmp_path: Path) -> None:
    upstream.offer(5)
    upstream.sync()
    log = tmp_path / "access.log"
    with serving(upstream.tree, "--access-log", str(log)) as url:
        host = client(tmp_path / "client", url)
        assert host.update().results["daily"].version == 5
        upstream.offer(6)
        upstream.sync()
        assert host.update().results["daily"].version == 6
        log.rename(tmp_path / "access.log.1")
        assert host.update().results["daily"].status is Status.CURRENT
        _, _, metrics = get(url, "metrics")
    before = (tmp_path / "access.log.1").read_text().splitlines()
    asked = [line.split('"')[1] for line in before]
    assert asked == [
        "GET /listing.txt HTTP/1.1",
        "GET /daily-5.cvd HTTP/1.1",
        "GET /listing.txt HTTP/1.1",
        "GET /daily-6.cdiff HTTP/1.1",
    ]
    (last,) = log.read_text().splitlines()[:1]
    assert last.startswith("127.0.0.1 - - [")
    assert last.endswith('"-" "test"')
    assert 'GET /listing.txt HTTP/1.1" 200 ' in last
    assert int(last.split('" 200 ')[1].split()[0]) < 2048
    assert b'nacre_mirror_requests_total{status="200"} 5' in metrics
    assert b'nacre_mirror_database_version{database="daily"} 6' in metrics


def test_whoever_asks_too_often_waits(upstream: Upstream, tmp_path: Path) -> None:
    upstream.offer(5)
    upstream.sync()
    with serving(upstream.tree, "--rate", "3", "--trust-proxy", "127.0.0.1") as url:
        answers = [get(url, "listing.txt") for _ in range(4)]
        assert [status for status, _, _ in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3][1]["retry-after"]) <= 20
        other = get(url, "listing.txt", X_Forwarded_For="10.1.1.1, 192.0.2.7")
        assert other[0] == 200
        assert client(tmp_path / "client", url).update().blocked_until > time.time()


def test_the_dns_says_what_is_current(upstream: Upstream) -> None:
    upstream.offer(5)
    upstream.sync()
    listing = upstream.tree.listing()
    assert listing is not None
    port = free_port()
    with serving(upstream.tree, "--zone", "cvd.example.org", "--dns-port", str(port)):
        ask = {"servers": ["127.0.0.1"], "port": port, "seconds": 5.0}
        record = (upstream.tree.root / "dns.txt").read_text().strip()
        assert txt("current.cvd.example.org", **ask) == record  # type: ignore[arg-type]
        assert txt("Daily.CVD.example.org", **ask) == f"5:{listing.made}"  # type: ignore[arg-type]
        for name in (
            "nothing.cvd.example.org",
            "cvd.example.org",
            "example.org",
            "a.b.cvd.example.org",
        ):
            with pytest.raises(DnsError):
                txt(name, **ask)  # type: ignore[arg-type]


def test_a_signed_listing_is_asked_for_with_its_key(upstream: Upstream, tmp_path: Path) -> None:
    upstream.offer(5)
    upstream.sync(private=feeds.PRIVATE.info)
    key = parse_key(key_text(feeds.KEYS.info))
    with serving(upstream.tree) as url:
        assert client(tmp_path / "one", url).update(mirror_key=key).results["daily"].version == 5
        upstream.sync()
        host = client(tmp_path / "two", url)
        assert host.update(mirror_key=key).results["daily"].status is Status.MISSING
        assert "not signed with MirrorKey" in host.heard


def test_stopping_is_no_error(upstream: Upstream) -> None:
    upstream.tree.root.mkdir()
    for number in (signal.SIGTERM, signal.SIGINT):
        command = [sys.executable, "-m", "nacre.cli.main", "mirror", "serve"]
        command += [str(upstream.tree.root), "--port", str(free_port())]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert " is served at 127.0.0.1:" in process.stderr.readline()
            time.sleep(0.3)
            process.send_signal(number)
            assert process.wait(20) == 0
