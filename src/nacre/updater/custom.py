"""Files from addresses that the user names (DatabaseCustomURL)."""

from __future__ import annotations

import email.utils
import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError, NacreError, ProtocolError
from nacre.output.freshclam import Trouble
from nacre.transport.http import FetchError, Request
from nacre.updater.outcome import Result, Status
from nacre.updater.signed import Signatures, kept_for
from nacre.updater.source import MAX_DATABASE, RefusedError, get_file, listed

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.feed.listing import Entry
    from nacre.output.freshclam import Teller
    from nacre.transport.http import Response
    from nacre.updater.listings import Listings
    from nacre.updater.options import Options


_CONTAINERS = {".cvd", ".cld"}


@dataclass(frozen=True, slots=True)
class Custom:
    """The means to update one file."""

    url: str
    old: Path
    """The file in use, which may not exist."""
    target: Path
    """In the candidate."""
    options: Options
    teller: Teller
    listings: Listings

    def update(self) -> Result:
        """Put the file into the candidate, if there is a newer one.

        Raises:
            BlockedError: the host wants to be left alone.
            OSError: the disk.
        """
        fetch = _copied if urlsplit(self.url).scheme == "file" else _fetched
        result = Result(Status.MISSING)
        for attempt in range(self.options.attempts):
            try:
                return self._signed(fetch(self))
            except (FetchError, DatabaseError, ProtocolError) as error:
                self.teller.warning(str(error))
                trouble = Trouble.GET if isinstance(error, RefusedError) else Trouble.CONNECTION
                status = Status.STALE if self.old.exists() else Status.MISSING
                result = Result(status, None, str(error), trouble)
            if attempt + 1 < self.options.attempts:
                self.teller.line(f"Trying again in {self.options.pause:g} secs...")
                time.sleep(self.options.pause)
        self.teller.error(f"Update failed for custom database URL: {self.url}")
        return result

    def _signed(self, result: Result) -> Result:
        """Fetch the `.sign` file as well, and believe the database only with a right one."""
        if result.status is Status.UPDATED:
            kept = Signatures(kept_for(self.target.parent), self.options, self.teller)
            try:
                if kept.container(self.target, self.url.rpartition("/")[0]):
                    header = verify(self.target, self.options.keys, signatures=kept.folder)
                    self._not_older(header.version)
            except NacreError:
                self.target.unlink()
                raise
        return result

    def _not_older(self, version: int) -> None:
        """That nobody hands out what was signed once and is no longer right."""
        try:
            had = Container.open(self.old).header.version
        except DatabaseError:
            return  # nothing here, or nothing whole
        if version < had:
            raise DatabaseError(f"{self.url}: version {version}, and version {had} was here")


def _copied(wanted: Custom) -> Result:
    url, old, target = wanted.url, wanted.old, wanted.target
    source = unquote(urlsplit(url).path)
    try:
        with open(source, "rb") as file:  # noqa: PTH123 - a text from the user, not ours
            when = os.fstat(file.fileno()).st_mtime
            if old.exists() and old.stat().st_mtime >= when:
                return Result(Status.CURRENT)
            with target.open("xb") as out:
                shutil.copyfileobj(file, out)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise FetchError(f"{url}: {error.strerror}") from error
    os.utime(target, (when, when))
    return Result(Status.UPDATED)


def _fetched(wanted: Custom) -> Result:
    url, old, target = wanted.url, wanted.old, wanted.target
    base, _, name = url.rpartition("/")
    for mirror in wanted.options.mirrors:
        listing = wanted.listings.of(mirror) if mirror.private and mirror.base == base else None
        entry = None if listing is None else listing.files.get(name)
        if entry is not None:
            return _listed(wanted, mirror.url(entry.file), entry)
    headers = {}
    if old.exists():
        headers["If-Modified-Since"] = email.utils.formatdate(old.stat().st_mtime, usegmt=True)
    response = get_file(Request(url, MAX_DATABASE, headers), target, wanted.options.terms)
    if response is None:
        return Result(Status.CURRENT)
    if not response.size:
        target.unlink()
        raise FetchError(f"{url}: empty")
    _date(target, response)
    return Result(Status.UPDATED)


def _listed(wanted: Custom, url: str, entry: Entry) -> Result:
    """From a mirror that lists it: no question where it is here, and no other bytes than listed."""
    try:
        listed(wanted.old, entry, url)
    except (OSError, DatabaseError):
        pass
    else:
        return Result(Status.CURRENT)
    response = get_file(Request(url, MAX_DATABASE), wanted.target, wanted.options.terms)
    if response is None:
        raise FetchError(f"{url}: not asked whether it changed, told that it did not")
    try:
        listed(wanted.target, entry, url)
    except DatabaseError:
        wanted.target.unlink()
        raise
    _date(wanted.target, response)
    return Result(Status.UPDATED)


def _date(target: Path, response: Response) -> None:
    """Make the file as old as the server says it is."""
    try:
        sent = email.utils.parsedate_to_datetime(response.headers.get("last-modified", ""))
        os.utime(target, (sent.timestamp(),) * 2)
    except (ValueError, OverflowError, OSError):
        pass  # then it is as old as its arrival


def signatures_in(path: Path) -> int:
    """Signatures in a container, lines in anything else."""
    if path.suffix in _CONTAINERS:
        return Container.open(path).header.signatures
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
