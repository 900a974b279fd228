"""Bringing a mirror up to date.

The mirror is a client like any other: its updater keeps a database folder of its own, by cdiffs
where there are some, and tries what it gets. What is in use there is then published, with the
cdiffs.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cvd import Container
from nacre.cvd.cdiff import Cdiff
from nacre.cvd.verify import verify
from nacre.feed.listing import NAME, Entry, Listing, versioned
from nacre.feed.mirror import cdiff_name
from nacre.mirror.tree import CDIFF, CONTAINERS, DNS, Tree, digest, version_of
from nacre.model.errors import DatabaseError, NacreError
from nacre.output.freshclam import Trouble
from nacre.output.version import ENGINE
from nacre.signatures import type_of
from nacre.transport import store
from nacre.transport.http import FetchError, Request
from nacre.updater.generations import Generations
from nacre.updater.options import named
from nacre.updater.outcome import Result, Status
from nacre.updater.signed import kept_for
from nacre.updater.source import MAX_CDIFF, MAX_DATABASE, BlockedError, get_file
from nacre.updater.update import read_state, update

if TYPE_CHECKING:
    from nacre.cvd.signature import Key
    from nacre.output.freshclam import Teller
    from nacre.updater.options import Options
    from nacre.updater.outcome import Outcome

_UP_TO_DATE = {Status.CURRENT, Status.UPDATED, Status.REPAIRED}
_FIELDS = ("main", "daily", "", "", "", "safebrowsing", "bytecode")
"""Places of versions in a version record, after the release."""
_TIME, _WARN, _LEVEL = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Policy:
    """What a mirror keeps, and promises."""

    every: int = 3600
    """Seconds until there is to be a new listing."""
    versions: int = 3
    """Of each database, that stay beside the current one."""
    steps: int = 60
    """Cdiffs of each database."""
    whole_after: int = 20
    """Versions that the newest signed database may be behind before it is fetched anew: clients
    that are new to ClamAV's protocol start from it, and go on by cdiffs."""
    own: Path | None = None
    """A folder with databases of one's own."""
    private: Key | None = None
    """What listings are signed with."""


def sync(tree: Tree, options: Options, policy: Policy, teller: Teller) -> Outcome:
    """Fetch what is new, and publish it; what cannot be got better stays as it is.

    Raises:
        BusyError: another sync is under way.
        OSError: the folder cannot be written.
    """
    tree.root.mkdir(parents=True, exist_ok=True, mode=0o755)
    kept = tree.work / "cdiffs"
    kept.mkdir(parents=True, exist_ok=True, mode=0o755)
    with store.locked(tree.lock):
        options = replace(options, directory=tree.work, kept=kept, packed=True)
        outcome = update(options, teller)
        return _Sync(tree, options, policy, teller, outcome).publish()


@dataclass(slots=True)
class _Sync:
    tree: Tree
    options: Options
    policy: Policy
    teller: Teller
    outcome: Outcome
    old: Listing | None = None
    files: dict[str, Entry] = field(default_factory=dict)

    def publish(self) -> Outcome:
        self.old = self.tree.listing()
        for path in sorted((self.tree.work / "cdiffs").iterdir()):
            self.tree.put(path, path.name)
            path.unlink()
        current = Generations(self.tree.work).current()
        for name in () if current is None else current.files:
            database, _, suffix = name.rpartition(".")
            if current is not None and f".{suffix}" in CONTAINERS:
                self._database(database, current.path / name)
        if self.policy.own is not None:
            for path in sorted(self.policy.own.iterdir()):
                version = version_of(path.name)
                if version is not None and version.beside and path.is_file():
                    self.tree.put(path, path.name)
                else:
                    self._own(path)
        self._list()
        self.tree.prune(self._kept())
        return self.outcome

    def _database(self, database: str, path: Path) -> None:
        """Publish the container at `path`, its cdiffs, and what clients ask for by name alone."""
        header = Container.open(path).header
        name = versioned(database, header.version, path.suffix)
        self.tree.put(path, name, header.seconds or None, self._listed(database, name))
        beside = kept_for(path.parent) / f"{name}.sign"
        if beside.is_file():
            self.tree.put(beside, beside.name)
        try:
            if not self.outcome.blocked_until:
                self._backfill(database, header.version)
                if path.suffix == ".cld":
                    self._whole(database, header.version)
        except BlockedError as error:
            self.teller.warning(str(error))
            self._leave_alone(error)
        except (NacreError, OSError) as error:
            self.teller.warning(str(error))
        self._point(database, header.version)
        listed = None if self.old is None else self.old.files.get(database)
        self.files[database] = self.tree.entry(database, header.version, path.suffix, listed)

    def _point(self, database: str, version: int) -> None:
        whole = self.tree.versions(database, (".cvd",))
        newest = whole[-1] if whole else (0, "")
        self.tree.point(f"{database}.cvd", newest[1] or None)
        step = versioned(database, version, ".cld") if newest[0] < version else None
        self.tree.point(f"{database}.cld", step)

    def _backfill(self, database: str, version: int) -> None:
        """Fetch cdiffs that lead to earlier versions, down to one that the source does not have.

        Those between two whole databases were never needed here, but clients need them.
        """
        have = {number for number, _ in self.tree.versions(database, (CDIFF,))}
        first = version - self.policy.steps + 1
        for wanted in range(version, max(first, self._floor(database), 1), -1):
            if wanted not in have:
                try:
                    self._cdiff(cdiff_name(database, wanted), wanted)
                except FetchError as error:
                    self.teller.verbose(str(error))
                    store.write(self._floor_file(database), b"%d\n" % wanted)
                    return

    def _cdiff(self, name: str, version: int) -> None:
        path = self._fetched(name, MAX_CDIFF)
        try:
            if Cdiff.open(path, self.options.keys).version != version:
                raise DatabaseError(f"{name}: leads to another version")
            self.tree.put(path, name)
        finally:
            path.unlink()

    def _floor_file(self, database: str) -> Path:
        return self.tree.work / f".{database}.first"

    def _floor(self, database: str) -> int:
        """The highest version that the source has no cdiff to, as far as is known."""
        try:
            return int(self._floor_file(database).read_bytes()[:20])
        except (OSError, ValueError):
            return 0

    def _whole(self, database: str, version: int) -> None:
        """Fetch the signed database, when the newest that is here is too old to begin with."""
        have = self.tree.versions(database, (".cvd",))
        first = self.tree.first_step(database, version) or version + 1
        if have and have[-1][0] >= max(version - self.policy.whole_after, first - 1):
            return
        path = self._fetched(f"{database}.cvd", MAX_DATABASE)
        try:
            header = verify(path, self.options.keys)
            if header.version <= version:
                name = versioned(database, header.version, ".cvd")
                self.tree.put(path, name, header.seconds or None)
        finally:
            path.unlink()

    def _fetched(self, name: str, size: int) -> Path:
        """A file of the first mirror that has it, in a new file."""
        path = self.tree.work / f".fetched{Path(name).suffix}"
        path.unlink(missing_ok=True)
        error: FetchError | None = None
        terms = named(self.options, read_state(Generations(self.tree.work)).uuid)
        for mirror in self.options.mirrors:
            try:
                response = get_file(Request(mirror.url(name), size), path, terms)
            except FetchError as failure:
                error = failure
            else:
                if response is not None and response.size:
                    return path
                path.unlink(missing_ok=True)
                error = FetchError(f"{mirror.url(name)}: empty")
        raise error or FetchError(f"{name}: no mirror to ask")

    def _leave_alone(self, error: BlockedError) -> None:
        generations = Generations(self.tree.work)
        until = int(time.time()) + error.seconds
        state = replace(read_state(generations), blocked_until=until, forbidden=error.forbidden)
        store.write(generations.state, state.to_json())
        self.outcome = replace(self.outcome, blocked_until=until, forbidden=error.forbidden)

    def _listed(self, key: str, name: str) -> str | None:
        """The digest that `name` was published with."""
        entry = None if self.old is None else self.old.files.get(key)
        return entry.sha256 if entry is not None and entry.file == name else None

    def _own(self, path: Path) -> None:
        """Publish a database of one's own; one that is wrong stays as it was published before."""
        try:
            entry = self._published(path)
        except DatabaseError as error:
            self.teller.error(str(error))
            results = dict(self.outcome.results)
            results[path.name] = Result(Status.STALE, None, str(error), Trouble.BAD_DATABASE)
            self.outcome = replace(self.outcome, results=results)
            entry = None if self.old is None else self.old.files.get(path.name)
        if entry is not None:
            self.tree.point(path.name, entry.file)
            self.files[path.name] = entry

    def _published(self, path: Path) -> Entry | None:
        known = type_of(path.name)
        if path.suffix in CONTAINERS:
            header = Container.open(path).header
            if path.suffix != ".cud":
                verify(path, self.options.keys)
            seconds, version = header.seconds or None, header.version
            name = versioned(path.stem, version, path.suffix)
        elif known is not None and known.loose and path.is_file():
            seconds, version = None, 0
            name = f"{path.stem}-{digest(path)[:16]}{path.suffix}"
        else:
            return None
        listed = self._listed(path.name, name)
        if listed not in {None, digest(path)}:
            raise DatabaseError(f"{path}: version {version} was published with other bytes")
        copy = self.tree.put(path, name, seconds, listed)
        first = self.tree.first_step(path.stem, version) if version else 0
        return Entry(version, name, copy.stat().st_size, digest(copy), first)

    def _list(self) -> None:
        """Say what is here. The time is that of the last sync that reached a source."""
        record, now = self.outcome.record, int(time.time())
        official = (self.outcome.results.get(name) for name in self.options.databases)
        if all(result is not None and result.status in _UP_TO_DATE for result in official):
            made, following = now, now + self.policy.every
        else:
            made, following = (0, 0) if self.old is None else (self.old.made, self.old.next)
        release = ENGINE if record is None else record.recommended
        listing = Listing(
            made, following, self.files, release, warn=record is not None and record.warn
        )
        text = listing.text(self.policy.private, secrets.token_bytes(32))
        store.write(self.tree.root / NAME, text)
        store.write(self.tree.root / DNS, version_record(listing).encode() + b"\n")

    def _kept(self) -> set[str]:
        """What stays: pointed to, listed, or one of the last few versions."""
        kept = {path.readlink().name for path in self.tree.root.iterdir() if path.is_symlink()}
        kept |= {entry.file for entry in self.files.values()}
        for database in {name.partition(".")[0] for name in self.files}:
            for suffix in CONTAINERS:
                versions = self.tree.versions(database, (suffix, f"{suffix}.sign"))
                numbers = sorted({number for number, _ in versions})[-self.policy.versions - 1 :]
                kept |= {name for number, name in versions if number in numbers}
            steps = self.tree.versions(database, (CDIFF, f"{CDIFF}.sign"))
            numbers = sorted({number for number, _ in steps})[-self.policy.steps :]
            kept |= {name for number, name in steps if number in numbers}
        old = {} if self.old is None else self.old.files
        return kept | {entry.file for entry in old.values()}


def version_record(listing: Listing) -> str:
    """What the DNS says of these databases, as the TXT record of ``current.cvd.clamav.net``."""
    fields = [
        str(listing.files[name].version) if name in listing.files else "0" for name in _FIELDS
    ]
    fields[_TIME] = str(listing.made)
    fields[_WARN] = str(int(listing.warn))
    fields[_LEVEL] = "90"
    return ":".join([listing.release, *fields])
