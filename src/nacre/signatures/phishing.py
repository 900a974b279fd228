"""What the phishing check looks up, as values: lines of `.pdb`, `.gdb` and `.wdb`.

The image keeps them checked (`Image.kept`). ClamAV reads `.pdb` and `.gdb` alike, so a hash in the
one and a host in the other count too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class UrlList(Enum):
    """Which list a URL hash is of."""

    MALWARE = "S"
    BLOCKED = "S1"
    PHISHING = "S2"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class ProtectedDomain:
    """Whom phishing mails imitate: the displayed text of a link that is looked at closely."""

    text: str
    """A host, which stands for its sub-domains too, or a regex over ``real:displayed/``."""
    is_regex: bool


@dataclass(frozen=True, slots=True)
class UrlHash:
    """The SHA-256 of a URL's host and path, or the start of it."""

    list: UrlList
    digest: bytes
    is_prefix: bool
    """Four bytes; ClamAV loads these and does not look at them any more."""
    is_allowed: bool
    """Takes the hash off the lists that are loaded later."""


@dataclass(frozen=True, slots=True)
class AllowedLink:
    """A pair of real and displayed target that is no phishing."""

    real: str
    displayed: str | None
    """None when the expression is over both, or over the real target alone."""
    is_regex: bool
    only_real: bool = False


def parse_protected(kept: bytes) -> ProtectedDomain | UrlHash:
    """The value of a line of `.pdb` or `.gdb` as the image keeps it."""
    kind, _, entry = kept.decode("latin-1").partition(":")
    if kind.startswith("S"):
        known = {member.value: member for member in UrlList}
        part, digest = entry[0], bytes.fromhex(entry[2:])
        return UrlHash(known.get(kind, UrlList.OTHER), digest, part == "P", part == "W")
    return ProtectedDomain(entry, kind.startswith("R"))


def parse_allowed(kept: bytes) -> AllowedLink:
    """The value of a line of `.wdb` as the image keeps it."""
    kind, _, entry = kept.decode("latin-1").partition(":")
    if kind.startswith("M"):
        real, _, displayed = entry.partition(":")
        return AllowedLink(real, displayed, is_regex=False)
    return AllowedLink(entry, None, is_regex=True, only_real=kind.startswith("Y"))
