"""Bringing one official database up to date, into a candidate."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from nacre.cvd.cdiff import Cdiff
from nacre.cvd.script import CdiffError
from nacre.cvd.verify import verify
from nacre.cvd.write import pack, unpack
from nacre.feed.mirror import cdiff_name
from nacre.feed.plan import Behind, Cdiffs, Nothing, plan
from nacre.model.errors import DatabaseError, NacreError, ProtocolError
from nacre.output import freshclam as words
from nacre.output.freshclam import Trouble
from nacre.transport.http import FetchError, Request
from nacre.updater.outcome import Result, Status
from nacre.updater.signed import Signatures, kept_for
from nacre.updater.source import (
    MAX_CDIFF,
    MAX_DATABASE,
    MissingError,
    Offer,
    RefusedError,
    get_file,
    listed,
    offer,
)

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.cvd import Header
    from nacre.feed.mirror import Mirror
    from nacre.feed.state import State
    from nacre.output.freshclam import Teller
    from nacre.updater.listings import Listings
    from nacre.updater.local import Found, Local
    from nacre.updater.options import Options


class _NotInSyncError(DatabaseError):
    """The file is older than what was promised."""


@dataclass(frozen=True, slots=True)
class Official:
    """The means to update one database."""

    name: str
    options: Options
    state: State
    teller: Teller
    listings: Listings
    found: Found
    candidate: Path
    work: Path
    """A folder for what comes in between; it does not exist yet."""

    @property
    def signatures(self) -> Signatures:
        """Where `.sign` files are kept."""
        return Signatures(kept_for(self.candidate), self.options, self.teller)

    @property
    def have(self) -> Header | None:
        """What is here, whole."""
        return None if self.found.local is None else self.found.local.header

    def update(self, promised: int | None) -> Result:
        """Put the newest version into the candidate, if there is a newer one.

        Args:
            promised: the version that the record tells; None to ask the mirror.

        Raises:
            BlockedError: the mirror wants to be left alone.
            OSError: the disk.
        """
        result = Result(Status.MISSING, trouble=Trouble.GET)
        for mirror in self.options.mirrors:
            for attempt in range(self.options.attempts):
                try:
                    return self._aged(mirror, self._from(mirror, promised, attempt))
                except (FetchError, ProtocolError) as error:
                    missing = isinstance(error, RefusedError)
                    result = self._failed(Trouble.GET if missing else Trouble.CONNECTION, error)
                except DatabaseError as error:
                    behind = isinstance(error, _NotInSyncError)
                    trouble = Trouble.NOT_IN_SYNC if behind else Trouble.BAD_DATABASE
                    result = self._failed(trouble, error)
                if attempt + 1 < self.options.attempts:
                    seconds = self.options.pause
                    self.teller.line(f"Trying again in {seconds:g} secs...")
                    time.sleep(seconds)
            self.teller.line(f"Giving up on {mirror.base}...")
        self.teller.error(f"Update failed for database: {self.name}")
        return result

    def _failed(self, trouble: Trouble, error: Exception) -> Result:
        self.teller.warning(str(error))
        have = self.have
        if self.found.damage is not None and have is not None:
            return Result(Status.PREVIOUS, have.version, str(error), trouble)
        if have is not None:
            return Result(Status.STALE, have.version, str(error), trouble)
        return Result(Status.MISSING, None, str(error), trouble)

    def _aged(self, mirror: Mirror, result: Result) -> Result:
        """`result`, but stale where that is all the mirror can vouch for."""
        detail = self.listings.stale(mirror)
        if detail is None or result.status not in {Status.CURRENT, Status.UPDATED}:
            return result
        return replace(result, status=Status.STALE, detail=detail)

    def _offer(self, mirror: Mirror, promised: int | None) -> Offer | None:
        """What the mirror has; None for nothing new."""
        if promised is not None:
            return Offer(promised)
        listing = self.listings.of(mirror)
        if listing is None:
            return offer(mirror, self.name, self.have, self.options.terms, self.teller)
        entry = listing.files.get(self.name) or listing.files.get(f"{self.name}.cvd")
        if entry is None:
            raise MissingError(f"{mirror.base} does not list {self.name}")
        return Offer(entry.version, PurePath(entry.file).suffix, entry)

    def _from(self, mirror: Mirror, promised: int | None, attempt: int) -> Result:
        have = self.have
        said = self._offer(mirror, promised)
        if said is None:
            return self._current()
        version = None if have is None else have.version
        scripted = self.options.scripted and (mirror.scripted or said.scripted(version))
        high_water = self.state.high_water.get(self.name, 0)
        skipped = self.state.skipped.get(self.name, 0)
        step = plan(version, said.version, high_water, scripted=scripted)
        if isinstance(step, Nothing) or (have is not None and said.version == skipped):
            return self._current()
        if isinstance(step, Behind):
            if have is not None and step.offered == have.version:
                return self._current()
            detail = f"the mirror has version {step.offered}, version {step.had} was here"
            self.teller.warning(f"{self.name}: {detail}: it is stale, or somebody else")
            self._current()
            return Result(Status.STALE, version, detail)
        self.teller.line(words.available(self.name, version, said.version))
        if isinstance(step, Cdiffs) and self.found.local is not None:
            try:
                return self._by_cdiffs(mirror, self.found.local, step.versions)
            except CdiffError as error:
                self.teller.warning(f"{error}: the whole database is fetched")
        return self._whole(mirror, said, attempt)

    def _current(self) -> Result:
        local = self.found.local
        if local is None:
            raise FetchError(f"{self.name}: nothing new, and nothing here")
        self.teller.line(words.up_to_date(local.name, local.header))
        status = Status.CURRENT if self.found.damage is None else Status.REPAIRED
        return Result(status, local.header.version, self.found.damage or "")

    def _whole(self, mirror: Mirror, said: Offer, attempt: int) -> Result:
        path = self.candidate / f"{self.name}{said.suffix}"
        url = mirror.url(path.name)
        if said.entry is not None:
            # Its name never has other bytes; where they are wrong all the same, asked past caches.
            url = mirror.url(said.entry.file) + (f"?past={time.time():.0f}" if attempt else "")
        request = Request(url, MAX_DATABASE, progress=self.options.progress)
        path.unlink(missing_ok=True)
        if get_file(request, path, self.options.terms) is None:
            raise FetchError(f"{request.url}: not asked whether it changed, told that it did not")
        try:
            if said.entry is not None:
                listed(path, said.entry, url)
            self.signatures.container(path, mirror.base)
            header = verify(path, self.options.keys, signatures=kept_for(self.candidate))
            have = self.have
            least = (
                0 if have is None else max(have.version, self.state.high_water.get(self.name, 0))
            )
            if header.version < least:
                raise _NotInSyncError(
                    f"{request.url}: version {header.version}, and version {least} was here"
                )
            if have is not None and header.version == have.version:
                raise _NotInSyncError(f"{request.url}: not version {said.version}")
        except NacreError:
            path.unlink()
            raise
        if header.version < said.version:
            self.teller.warning(
                f"{self.name}: version {header.version} came, {said.version} was promised"
            )
        return self._fresh(header)

    def _by_cdiffs(self, mirror: Mirror, local: Local, versions: tuple[int, ...]) -> Result:
        shutil.rmtree(self.work, ignore_errors=True)
        folder = self.work / "unpacked"
        folder.mkdir(parents=True)
        unpack(local.path, folder)
        reached = local.header.version
        vouched = True
        for version in versions:
            try:
                vouched = self._step(mirror, version, folder) and vouched
            except FetchError as error:
                if reached == local.header.version:
                    raise CdiffError(str(error)) from error
                self.teller.warning(str(error))
                break
            reached = version
        path = self.candidate / f"{self.name}.cld"
        path.unlink(missing_ok=True)
        try:
            pack(folder, self.name, path, packed=self.options.packed)
            header = verify(path, self.options.keys, vouched=vouched)
            if header.version != reached:
                raise CdiffError(f"{self.name}: version {header.version}, not {reached}")
        except DatabaseError as error:
            path.unlink(missing_ok=True)
            raise CdiffError(str(error)) from error
        shutil.rmtree(self.work)
        return self._fresh(header)

    def _step(self, mirror: Mirror, version: int, folder: Path) -> bool:
        """Go one version on; whether a certificate vouches for the step."""
        name = cdiff_name(self.name, version)
        path = self.work / name
        url = mirror.url(name)
        self.teller.verbose(f"Retrieving {url}")
        response = get_file(Request(url, MAX_CDIFF), path, self.options.terms)
        if response is None or not response.size:
            raise CdiffError(f"{url}: no cdiff for this step")
        beside = self.work / f"{name}.sign"
        replace(self.signatures, folder=self.work).fetch(mirror.base, beside.name)
        cdiff = Cdiff.open(path, self.options.keys)
        if cdiff.version != version:
            raise CdiffError(f"{url}: leads to version {cdiff.version}")
        cdiff.apply(folder)
        if self.options.kept is not None:
            path.replace(self.options.kept / name)
            if beside.exists():
                beside.replace(self.options.kept / beside.name)
        path.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)
        return cdiff.by_certificate

    def _fresh(self, header: Header) -> Result:
        same = self.found.damage is not None
        return Result(
            Status.REPAIRED if same else Status.UPDATED, header.version, self.found.damage or ""
        )
