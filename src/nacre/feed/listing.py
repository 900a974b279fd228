"""Listings: what a nacre mirror has, with the time at which that was true, signed.

A text of lines, `listing.txt` beside the databases::

    nacre-listing:1
    made:1795716000
    next:1795719600                    when there is to be another, at the latest
    release:1.4.3:0                    of ClamAV, and whether older ones should be told
    file:daily:27999:daily-27999.cld:61234567:SHA-256 in hex:27950
    DSIG:...

A `file` line names the database, its version, the file that never changes, its size and digest, and
the first version that a cdiff leads to (0 for none). The last line is the signature of all before
it, as in the digest list of a container, with the mirror's own key; a mirror without one leaves it
out. The digests say what is right also of databases that carry no signature themselves.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.cvd.signature import Key, decode, encode, sign_digest, signed_digest
from nacre.model.errors import ConfigError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "listing.txt"
MAX_SIZE = 64 << 10
GRACE = 900
"""Seconds after the promised time until a listing is stale."""
CLOCK = 3600
"""Seconds that clocks may differ."""
EXPONENT = 65537

_FIRST = "nacre-listing:1"
_SIGNATURE = "DSIG:"
_KEY = "nacre-mirror-key:"
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_STEM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+@-]{0,99}", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,199}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RELEASE = re.compile(r"[0-9.]{0,40}", re.ASCII)
_MOST = 1000
_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One database, or one loose file, on a mirror."""

    version: int
    """0 for files that have none."""
    file: str
    """A name under which the mirror never has other bytes."""
    size: int
    sha256: str
    first_step: int = 0
    """The version that the oldest cdiff leads to, with no gap up to `version`; 0 for none."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a mirror had at some time."""

    made: int
    """Seconds since 1970."""
    next: int
    """When there is to be a newer one."""
    files: Mapping[str, Entry]
    """By name of the database, or of the loose file with its suffix."""
    release: str = ""
    """The release of ClamAV that everyone should have; may be empty."""
    warn: bool = False

    def stale(self, now: float) -> bool:
        """Whether there should be a newer one."""
        return now > self.next + GRACE

    def from_the_future(self, now: float) -> bool:
        """Whether one of the clocks is wrong."""
        return self.made > now + CLOCK

    def text(self, private: Key | None = None, salt: bytes = b"") -> bytes:
        """As it is served; `salt` is 32 random bytes for the signature."""
        lines = [
            _FIRST,
            f"made:{self.made}",
            f"next:{self.next}",
            f"release:{self.release}:{int(self.warn)}",
        ]
        lines += [
            f"file:{name}:{one.version}:{one.file}:{one.size}:{one.sha256}:{one.first_step}"
            for name, one in sorted(self.files.items())
        ]
        text = "".join(f"{line}\n" for line in lines).encode("ascii")
        if private is not None:
            signature = sign_digest(hashlib.sha256(text).digest(), private, salt)
            text += f"{_SIGNATURE}{signature}\n".encode("ascii")
        return text


def parse(raw: bytes, key: Key | None = None) -> Listing:
    """The listing in `raw`.

    Args:
        raw: what a mirror sent.
        key: the mirror's; without it a signature is not looked at.

    Raises:
        ProtocolError: it is none, or not signed with `key`.
    """
    body, signed, signature = raw.partition(_SIGNATURE.encode())
    if key is not None:
        text = signature.strip().decode("ascii", "replace")
        if not signed or not signed_digest(text, hashlib.sha256(body).digest(), key):
            raise ProtocolError("the listing is not signed with MirrorKey")
    lines = body.decode("ascii", "replace").splitlines()
    if len(raw) > MAX_SIZE or not lines or lines[0] != _FIRST:
        raise ProtocolError("not a listing of a nacre mirror")
    values: dict[str, str] = {}
    files: dict[str, Entry] = {}
    for line in lines[1 : _MOST + 1]:
        word, _, rest = line.partition(":")
        if word == "file":
            name, entry = _entry(rest)
            files[name] = entry
        else:
            values[word] = rest
    made, following = values.get("made", ""), values.get("next", "")
    release, _, warn = values.get("release", "").partition(":")
    if not (_NUMBER.fullmatch(made) and _NUMBER.fullmatch(following)):
        raise ProtocolError("a listing without a time")
    if not _RELEASE.fullmatch(release):
        raise ProtocolError("a listing with a strange release")
    return Listing(int(made), int(following), files, release, warn == "1")


def _entry(rest: str) -> tuple[str, Entry]:
    name, *fields = rest.split(":")
    if len(fields) < _FIELDS - 1:
        raise ProtocolError(f"a listing with a strange line: {rest[:80]!a}")
    version, file, size, digest, first = fields[: _FIELDS - 1]
    numbers = all(_NUMBER.fullmatch(each) for each in (version, size, first))
    usable = _FILE.fullmatch(name) and _FILE.fullmatch(file) and _DIGEST.fullmatch(digest)
    if not (numbers and usable):
        raise ProtocolError(f"a listing with a strange line: {rest[:80]!a}")
    return name, Entry(int(version), file, int(size), digest, int(first))


def versioned(name: str, version: int, suffix: str) -> str:
    """What the file of this version is called, such as ``daily-27999.cvd``."""
    return f"{name}-{version}{suffix}"


def key_text(key: Key) -> str:
    """A public key as one line, for MirrorKey."""
    return f"{_KEY}{encode(key.modulus)}:{encode(key.exponent)}"


def parse_key(text: str) -> Key:
    """The public key in a line.

    Raises:
        ConfigError: it is none.
    """
    modulus, _, exponent = text.strip().removeprefix(_KEY).partition(":")
    numbers = decode(modulus), decode(exponent)
    if not text.strip().startswith(_KEY) or not numbers[0] or not numbers[1]:
        raise ConfigError("not the key of a nacre mirror")
    return Key(numbers[0], numbers[1])
