"""What an updater is to do: freshclam.conf and command line, understood."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from nacre.config.path import database_directory
from nacre.config.trusted import mirror_key, trusted_keys
from nacre.cvd.signature import OFFICIAL, Key, Keys
from nacre.feed.mirror import OPTIONAL, STANDARD, Mirror, custom_name, mirror
from nacre.model.errors import ConfigError
from nacre.output.version import ENGINE
from nacre.transport.http import Identity, Terms
from nacre.transport.proxy import Kind, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nacre.config.settings import Settings

CUSTOM = "custom"
"""What --update-db calls the addresses of DatabaseCustomURL."""

_DEFAULT_MIRROR = "database.clamav.net"
_NO = {"no", "0", "false"}
_NO_PROXY = "not a host with http, https, socks4, socks4a, socks5 or socks5h before it"


@dataclass(frozen=True, slots=True)
class Options:
    """What to fetch from where, and what to trust."""

    directory: Path
    databases: tuple[str, ...]
    customs: Mapping[str, str]
    """Addresses by the name of the file."""
    mirrors: tuple[Mirror, ...]
    record: str | None
    """Name of the version record; None to ask the mirrors."""
    scripted: bool
    packed: bool
    attempts: int
    restricted: bool
    """Whether only some of the databases are updated, so that others must stay."""
    terms: Terms
    keys: Keys = OFFICIAL
    mirror_key: Key | None = None
    """What the listings of the mirrors must be signed with."""
    kept: Path | None = None
    """A folder that keeps the cdiffs that were used; for who passes them on."""
    pause: float = 5.0
    """Seconds between two attempts."""
    progress: Callable[[int, int | None], None] = lambda _have, _of: None
    """Told how many bytes of a database came, and of how many."""


def options_of(settings: Settings, keys: Keys = OFFICIAL) -> Options:
    """What `settings` ask for.

    Raises:
        ConfigError: a value makes no sense.
    """
    private = tuple(mirror(text, private=True) for text in settings.texts("private_mirror"))
    names = settings.texts("database_mirror") or (_DEFAULT_MIRROR,)
    mirrors = private or tuple(mirror(text, private=False) for text in names)
    record = settings.text("dns_database_info") or ""
    dns = not (private or settings.flag("no_dns") or record.lower() in _NO or not record)
    databases = _databases(settings)
    customs = {custom_name(url): url for url in settings.texts("database_custom_url")}
    only = settings.texts("update_database")
    for name in only:
        if name not in databases and not (name == CUSTOM and customs):
            raise ConfigError(f"Requested database is not available: {name}.")
    if only:
        databases = tuple(name for name in databases if name in only)
        customs = customs if CUSTOM in only else {}
    return Options(
        directory=Path(settings.text("database_directory") or database_directory()),
        databases=databases,
        customs=customs,
        mirrors=mirrors,
        record=record if dns else None,
        scripted=settings.flag("scripted_updates"),
        packed=settings.flag("compress_local_database"),
        attempts=max(1, settings.number("max_attempts")),
        restricted=bool(only),
        terms=_terms(settings),
        keys=trusted_keys(settings, keys),
        mirror_key=mirror_key(),
    )


def named(options: Options, uuid: str) -> Terms:
    """The terms, with the name that this host has for mirrors: ClamAV's let no other in."""
    agent = options.terms.user_agent
    if not agent or any(mirror.official for mirror in options.mirrors):
        agent = _user_agent(uuid)
    return replace(options.terms, user_agent=agent)


def _user_agent(uuid: str) -> str:
    machine = platform.machine()
    return f"ClamAV/{ENGINE} (OS: Linux, ARCH: {machine}, CPU: {machine}, UUID: {uuid})"


def _databases(settings: Settings) -> tuple[str, ...]:
    excluded = set(settings.texts("exclude_database"))
    if not settings.flag("bytecode"):
        excluded.add("bytecode")
    wanted = [name for name in STANDARD if name not in excluded]
    for name in settings.texts("extra_database"):
        if name not in OPTIONAL and name not in STANDARD:
            raise ConfigError(f"ExtraDatabase: there is no database {name}")
        if name not in wanted:
            wanted.append(name)
    return tuple(wanted)


def _terms(settings: Settings) -> Terms:
    """Raises ConfigError; what the environment names is looked at now, not at the first mirror."""
    terms = Terms(
        user_agent=settings.text("http_user_agent") or "",
        connect_seconds=settings.number("connect_timeout") or 30,
        pause_seconds=settings.number("receive_timeout") or 60,
        total_seconds=6 * 3600,
        proxy=_proxy(settings),
        local_address=settings.text("local_ip_address"),
        ca_file=os.environ.get("CURL_CA_BUNDLE"),
        identity=_identity(),
    )
    if terms.ca_file is not None or terms.identity is not None:
        _usable(terms)
    return terms


def _identity() -> Identity | None:
    certificate = os.environ.get("FRESHCLAM_CLIENT_CERT")
    if not certificate:
        return None
    key = os.environ.get("FRESHCLAM_CLIENT_KEY") or None
    return Identity(certificate, key, os.environ.get("FRESHCLAM_CLIENT_KEY_PASSWD", ""))


def _usable(terms: Terms) -> None:
    for name, used in (
        ("CURL_CA_BUNDLE", replace(terms, identity=None)),
        ("FRESHCLAM_CLIENT_CERT", replace(terms, ca_file=None)),
    ):
        try:
            used.context()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"{name} {os.environ[name]}: {reason}") from error


def _proxy(settings: Settings) -> Proxy | None:
    server = settings.text("http_proxy_server")
    if server is None:
        return None
    text = server if "://" in server else f"http://{server}"
    try:
        parts = urlsplit(text)
        kind = Kind(parts.scheme)
        port = parts.port or settings.number("http_proxy_port") or kind.port
    except ValueError:
        raise settings.wrong(
            "http_proxy_server", f"HTTPProxyServer {server}: {_NO_PROXY}"
        ) from None
    if not parts.hostname:
        raise settings.wrong("http_proxy_server", f"HTTPProxyServer {server}: {_NO_PROXY}")
    return Proxy(
        parts.hostname,
        port,
        settings.text("http_proxy_username") or unquote(parts.username or ""),
        settings.text("http_proxy_password") or unquote(parts.password or ""),
        kind,
    )
