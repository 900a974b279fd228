"""Where databases come from: addresses of mirrors, and what things are called there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from nacre.model.errors import ConfigError

STANDARD = ("daily", "main", "bytecode")
OPTIONAL = ("safebrowsing", "test", "valhalla")

_OFFICIAL = "database.clamav.net"
_COUNTRY = re.compile(r"db\.[a-z]{2}\.(?:ipv6\.)?clamav\.net", re.ASCII | re.IGNORECASE)
_SHORTEST_NAME = 5
_CUSTOM_SCHEMES = ("http", "https", "ftp", "file")


@dataclass(frozen=True, slots=True)
class Mirror:
    """A host, or a folder on one."""

    base: str
    """Without a slash at the end."""
    private: bool

    @property
    def scripted(self) -> bool:
        """Whether it has cdiffs: ClamAV's clients never ask a private one for them."""
        return not self.private

    @property
    def official(self) -> bool:
        """Whether it is ClamAV's own."""
        host = urlsplit(self.base).hostname or ""
        return host == "clamav.net" or host.endswith(".clamav.net")

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"{self.base}/{name}"


def mirror(text: str, *, private: bool) -> Mirror:
    """The mirror that an option names, with or without a scheme.

    Raises:
        ConfigError: it is no address, or a private mirror is ClamAV's own.
    """
    scheme = "http" if private else "https"
    base = (text if "://" in text else f"{scheme}://{text}").rstrip("/")
    found = Mirror(base, private)
    try:
        parts = urlsplit(base)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"} or not base.isascii() or " " in base:
        raise ConfigError(f"{text} is not the address of a mirror")
    if private and found.official:
        raise ConfigError(f"PrivateMirror {text}: ClamAV's own mirrors are not private")
    return Mirror(f"https://{_OFFICIAL}", private) if _COUNTRY.fullmatch(host) else found


def cdiff_name(database: str, version: int) -> str:
    """What the step to `version` is called."""
    return f"{database}-{version}.cdiff"


def custom_name(url: str) -> str:
    """The file that a DatabaseCustomURL is kept in.

    Raises:
        ConfigError: it cannot be fetched.
    """
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2]
    if parts.scheme not in _CUSTOM_SCHEMES:
        raise ConfigError(f"DatabaseCustomURL {url}: only http, https, ftp and file")
    if len(name) < _SHORTEST_NAME or name.startswith(".") or not re.fullmatch(r"[\w.+@-]+", name):
        raise ConfigError(f"DatabaseCustomURL {url}: no file name")
    return name
