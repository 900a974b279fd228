"""Asking mirrors, and understanding what they answer."""

from __future__ import annotations

import email.utils
import hashlib
import io
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nacre.cvd.header import SIZE, Header
from nacre.feed.answer import Meaning, understood
from nacre.feed.record import Record, parse, parse_single
from nacre.model.errors import DatabaseError, NacreError, ProtocolError
from nacre.transport import ftp
from nacre.transport.dns import DnsError, txt
from nacre.transport.http import FetchError, Request, Response, Terms, fetch

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from nacre.feed.listing import Entry
    from nacre.feed.mirror import Mirror
    from nacre.output.freshclam import Teller

MAX_DATABASE = 2 << 30
MAX_CDIFF = 256 << 20
"""Bytes that are taken of a mirror."""


class RefusedError(FetchError):
    """The mirror answers, but does not give it."""


class MissingError(RefusedError):
    """The mirror does not have it."""


class BlockedError(NacreError):
    """The mirror wants to be left alone, for `seconds`."""

    def __init__(self, message: str, seconds: int, *, forbidden: bool) -> None:
        self.seconds = seconds
        self.forbidden = forbidden
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a mirror has of a database."""

    version: int
    suffix: str = ".cvd"
    entry: Entry | None = None
    """What the mirror lists, if it has listings."""

    def scripted(self, have: int | None) -> bool:
        """Whether the mirror lists a cdiff to the version after `have`."""
        first = 0 if self.entry is None else self.entry.first_step
        return have is not None and 0 < first <= have + 1


def get(request: Request, into: BinaryIO, terms: Terms) -> Response | None:
    """Fetch something; None for what has not changed.

    Raises:
        RefusedError, BlockedError: the mirror said so.
        FetchError: nothing whole came.
        OSError: it cannot be written.
    """
    by = ftp.fetch if request.url.startswith("ftp:") else fetch
    response = by(request, into, terms)
    answer = understood(response.status, response.headers, time.time())
    if answer.meaning is Meaning.MISSING:
        raise MissingError(f"file not found: {request.url}")
    if answer.wait:
        forbidden = answer.meaning is Meaning.FORBIDDEN
        raise BlockedError(f"{request.url}: {response.status}", answer.wait, forbidden=forbidden)
    if answer.meaning is Meaning.FAILED:
        raise RefusedError(f"Unexpected response ({response.status}) from {request.url}")
    return None if answer.meaning is Meaning.UNCHANGED else response


def get_file(request: Request, path: Path, terms: Terms) -> Response | None:
    """As `get`, into a new file, which is removed if nothing whole came."""
    try:
        with path.open("xb") as file:
            response = get(request, file, terms)
    except (NacreError, OSError):
        path.unlink(missing_ok=True)
        raise
    if response is None:
        path.unlink()
    return response


def listed(path: Path, entry: Entry, url: str) -> None:
    """That the file has the bytes that the mirror lists; raises DatabaseError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != entry.sha256:
        raise DatabaseError(f"{url}: not the bytes that the mirror lists")


def record(name: str, teller: Teller) -> Record | None:
    """The version record in the DNS, if it can be believed."""
    try:
        found = parse(txt(name))
    except (DnsError, ProtocolError) as error:
        teller.verbose(str(error))
        teller.warning(f"Can't query {name}")
        teller.warning("Invalid DNS reply. Falling back to HTTP mode.")
        return None
    if found.stale(time.time()):
        teller.warning("DNS record is older than 12 hours. Falling back to HTTP mode.")
        return replace(found, versions={})
    return found


def single_record(database: str, zone: str) -> int | None:
    """The version of a database that has a record of its own."""
    try:
        found = parse_single(database, txt(f"{database}.{zone}"))
    except (DnsError, ProtocolError):
        return None
    return None if found.stale(time.time()) else found.versions[database]


def offer(
    mirror: Mirror, database: str, have: Header | None, terms: Terms, teller: Teller
) -> Offer | None:
    """What the mirror itself says, by the header of its file; None for nothing new.

    Raises:
        FetchError, BlockedError: it could not be found out.
    """
    headers = {"Range": f"bytes=0-{SIZE - 1}"}
    if have is not None and have.seconds:
        headers["If-Modified-Since"] = email.utils.formatdate(have.seconds, usegmt=True)
    for suffix in (".cld", ".cvd") if mirror.private else (".cvd",):
        url = mirror.url(database + suffix)
        teller.line(f"Trying to retrieve CVD header from {url}")
        raw = io.BytesIO()
        try:
            response = get(Request(url, SIZE, headers, beginning=True), raw, terms)
        except MissingError as error:
            teller.warning(f"remote_cvdhead: {error}")
            continue
        if response is None:
            return None
        teller.line("OK")
        try:
            return Offer(Header.parse(raw.getvalue(), url).version, suffix)
        except DatabaseError as error:
            raise FetchError(str(error)) from error
    raise MissingError(f"Failed to get {database} database version information from {mirror.base}")
