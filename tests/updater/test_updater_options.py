from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import feeds
from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import parse
from nacre.config.option import Program
from nacre.feed.listing import key_text
from nacre.model.errors import ConfigError
from nacre.transport.proxy import Kind, Proxy
from nacre.updater.options import Options, options_of

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str) -> Options:
    path = folder / "freshclam.conf"
    path.write_text(text)
    path.chmod(0o600)
    defaults = parse(Program.FRESHCLAM, "freshclam", []).settings
    return options_of(defaults.over(config_file.load(Program.FRESHCLAM, path).settings))


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("HTTPProxyServer p.example", Proxy("p.example", 1080)),
        ("HTTPProxyServer p.example:3128", Proxy("p.example", 3128)),
        ("HTTPProxyServer p.example\nHTTPProxyPort 8080", Proxy("p.example", 8080)),
        ("HTTPProxyServer http://p.example:3128\nHTTPProxyPort 8", Proxy("p.example", 3128)),
        ("HTTPProxyServer https://p.example", Proxy("p.example", 443, kind=Kind.HTTPS)),
        ("HTTPProxyServer socks4://[::1]", Proxy("::1", 1080, kind=Kind.SOCKS4)),
        ("HTTPProxyServer socks5h://p:9", Proxy("p", 9, kind=Kind.SOCKS5H)),
        (
            "HTTPProxyServer socks5://me:p%40ss@p.example",
            Proxy("p.example", 1080, "me", "p@ss", Kind.SOCKS5),
        ),
        (
            "HTTPProxyServer p\nHTTPProxyUsername me\nHTTPProxyPassword x",
            Proxy("p", 1080, "me", "x"),
        ),
    ],
)
def test_proxies(tmp_path: Path, text: str, proxy: Proxy) -> None:
    found = read(tmp_path, text).terms.proxy
    assert found == proxy


@pytest.mark.parametrize("server", ["bogus://p", "socks5://", "p:99999", "http://[::1"])
def test_what_is_no_proxy_is_told_with_its_line(tmp_path: Path, server: str) -> None:
    with pytest.raises(ConfigError, match=r"freshclam\.conf.*2.*HTTPProxyServer") as caught:
        read(tmp_path, f"MaxAttempts 1\nHTTPProxyServer {server}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["CURL_CA_BUNDLE", "FRESHCLAM_CLIENT_CERT"])
def test_files_of_the_environment_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for path in (tmp_path / "missing", tmp_path / "freshclam.conf"):
        monkeypatch.setenv(name, str(path))
        with pytest.raises(ConfigError, match=f"{name} {path}: "):
            read(tmp_path, "MaxAttempts 1")


def test_who_we_are_for_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = pytest.importorskip("certificates", reason="certificates need cryptography")
    pem, key = made.certificate(tmp_path, "client", b"open sesame")
    monkeypatch.setenv("FRESHCLAM_CLIENT_CERT", str(pem))
    monkeypatch.setenv("FRESHCLAM_CLIENT_KEY", str(key))
    with pytest.raises(ConfigError, match="FRESHCLAM_CLIENT_CERT"):
        read(tmp_path, "MaxAttempts 1")
    monkeypatch.setenv("FRESHCLAM_CLIENT_KEY_PASSWD", "open sesame")
    assert read(tmp_path, "MaxAttempts 1").terms.identity is not None


@pytest.mark.parametrize("text", ["not a key\n", None])
def test_the_key_of_the_mirrors_counts_for_whoever_updates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    """`options_of` is what freshclam, nacre update, repair and mirror sync begin with."""
    key = tmp_path / "mirror.pub"
    (tmp_path / "nacre.conf").write_text(f"MirrorKey {key}\n")
    monkeypatch.setattr(config_path, "SYSTEM_CONFIG", tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    if text is not None:
        key.write_text(text)
    with pytest.raises(ConfigError, match=r"nacre\.conf:1: MirrorKey .*: (not the key|No such)"):
        read(tmp_path, "")
    key.write_text(key_text(feeds.KEYS.info))
    assert read(tmp_path, "").mirror_key == feeds.KEYS.info
