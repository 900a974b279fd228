"""One run of the updater: look, ask, fetch, verify, try, put into use."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.feed import state as memory
from nacre.model.errors import DatabaseError
from nacre.output import freshclam as words
from nacre.output.freshclam import Trouble
from nacre.output.version import ENGINE
from nacre.transport import store
from nacre.updater import local, source
from nacre.updater.custom import Custom, signatures_in
from nacre.updater.generations import Generations
from nacre.updater.listings import Listings
from nacre.updater.official import Official
from nacre.updater.options import named
from nacre.updater.outcome import Outcome, Result, Status
from nacre.updater.own import by_steps
from nacre.updater.signed import kept_for, show
from nacre.updater.trial import TrialError, settle, tried

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.feed.record import Record
    from nacre.feed.state import State
    from nacre.output.freshclam import Teller
    from nacre.updater.local import Found
    from nacre.updater.options import Options

LEAST_SHARE = 0.9
"""Of the signatures before: databases that lose more at once are not put into use."""

_CONTAINERS = {".cvd", ".cld"}
_FINE = {Status.CURRENT, Status.UPDATED}


def update(options: Options, teller: Teller) -> Outcome:
    """Bring the databases of a folder up to date; what cannot be got better stays as it is.

    Raises:
        BusyError: another updater is at work in this folder.
        OSError: the folder cannot be written.
    """
    generations = Generations(options.directory)
    generations.home.mkdir(parents=True, exist_ok=True, mode=0o755)
    with store.naming(options.directory), store.locked(generations.lock):
        generations.mend()
        return _Run(options, teller, generations, read_state(generations)).run()


def read_state(generations: Generations) -> State:
    """What is remembered; that which cannot be read is begun anew."""
    try:
        with generations.state.open("rb") as file:
            return memory.parse(file.read(memory.MAX_BYTES))
    except OSError:
        return memory.new()


@dataclass(slots=True)
class _Run:
    options: Options
    teller: Teller
    generations: Generations
    state: State
    results: dict[str, Result] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=lambda: Outcome({}))

    def run(self) -> Outcome:
        now = time.time()
        if not self.state.blocked(now):
            self.state = replace(self.state, blocked_until=0, forbidden=False)
        self.options = replace(self.options, terms=named(self.options, self.state.uuid))
        listings = Listings(self.options.terms, self.state, self.teller, self.options.mirror_key)
        if not self.state.blocked_until:
            self.options = by_steps(self.options, listings, self.generations.current())
        found = {
            name: local.find(self.generations, name, self.options.keys)
            for name in self.options.databases
        }
        for each in found.values():
            if each.damage is not None:
                self.teller.warning(each.damage)
        candidate = self.generations.begin()
        try:
            self._fetch(found, candidate, listings)
            self.state = replace(self.state, plain=listings.plain, listed=listings.listed)
            self._finish(found, candidate)
        finally:
            shutil.rmtree(candidate, ignore_errors=True)
            shutil.rmtree(self.generations.home / "work", ignore_errors=True)
            store.write(self.generations.state, self.state.to_json())
        troubles = [result.trouble for result in self.results.values() if result.trouble]
        trouble = self.outcome.trouble or (troubles[0] if troubles else Trouble.NONE)
        return replace(
            self.outcome,
            results=self.results,
            trouble=trouble,
            blocked_until=self.state.blocked_until,
            forbidden=self.state.forbidden,
        )

    def _fetch(self, found: dict[str, Found], candidate: Path, listings: Listings) -> None:
        """Fill the candidate with what is new; whatever fails has its result."""
        if self.state.blocked_until:
            self._blocked(found)
            return
        try:
            record = self._record()
            for name, each in found.items():
                self._official(name, each, record, candidate, listings)
            for name, url in self.options.customs.items():
                old = self._old(name)
                wanted = Custom(url, old, candidate / name, self.options, self.teller, listings)
                result = wanted.update()
                if old.parent != self.generations.directory and result.status in _FINE:
                    result = replace(result, status=Status.REPAIRED)
                self.results[name] = result
            self.state = replace(self.state, checked=int(time.time()))
        except source.BlockedError as error:
            until = int(time.time()) + error.seconds
            self.state = replace(self.state, blocked_until=until, forbidden=error.forbidden)
            self.teller.warning(str(error))
            self._blocked(found)
            if error.forbidden:
                self.outcome = replace(self.outcome, trouble=Trouble.FORBIDDEN)

    def _old(self, name: str) -> Path:
        """The file in use, else of an earlier generation when it is damaged; may not exist."""
        current = self.generations.current()
        path = self.generations.directory / name
        if current is None or not self.generations.is_ours(path) or current.whole(name):
            return path
        self.teller.verbose(f"{path}: not the bytes that were put there")
        earlier = (each.path / name for each in self.generations.earlier() if each.whole(name))
        return next(earlier, self.generations.home / "nothing" / name)

    def _record(self) -> Record | None:
        if self.options.record is None:
            self.teller.warning("DNS Update Info disabled. Falling back to HTTP mode.")
            return None
        record = source.record(self.options.record, self.teller)
        self.outcome = replace(self.outcome, record=record)
        if record is not None and record.outdates(ENGINE):
            for text in words.outdated(ENGINE, record.recommended):
                self.teller.warning(text)
            self.teller.line(words.DO_NOT_PANIC)
            self.outcome = replace(self.outcome, recommended=record.recommended)
        return record

    def _official(
        self,
        name: str,
        found: Found,
        record: Record | None,
        candidate: Path,
        listings: Listings,
    ) -> None:
        promised = None if record is None else record.versions.get(name)
        if record is not None and promised is None and self.options.record is not None:
            zone = self.options.record.partition(".")[2]
            promised = source.single_record(name, zone)
        work = self.generations.home / "work"
        self.results[name] = Official(
            name, self.options, self.state, self.teller, listings, found, candidate, work
        ).update(promised)

    def _blocked(self, found: dict[str, Found]) -> None:
        """Nothing more is asked; what is here has to do."""
        until, forbidden = self.state.blocked_until, self.state.forbidden
        self.teller.warning(words.cool_down(until, forbidden=forbidden))
        for name, each in found.items():
            if name not in self.results:
                version = None if each.local is None else each.local.header.version
                status = Status.MISSING if version is None else Status.STALE
                if each.local is not None and each.damage is not None:
                    status = Status.PREVIOUS
                self.results[name] = Result(status, version, "the mirror wants to be left alone")

    def _finish(self, found: dict[str, Found], candidate: Path) -> None:
        """Put the candidate into use, with what stays, if anything changes."""
        new = {path.name for path in candidate.iterdir()}
        self._complete(found, candidate, new)
        names = {path.name for path in candidate.iterdir()}
        current = self.generations.current()
        damaged = any(self._old(name).parent != self.generations.directory for name in names)
        same = current is not None and not new and set(current.files) == names and not damaged
        adopted = any(each.local is not None and not each.in_use for each in found.values())
        if (same and not adopted) or not names:
            for name, result in self.results.items():
                if name in self.options.customs and result.status is Status.CURRENT:
                    self.teller.line(words.custom_up_to_date(name))
            return
        for name in sorted(new):
            self.teller.line(words.testing(str(candidate / name)))
        try:
            self._compare(found, candidate, new)
            going = self.generations.leaving(candidate)
            tried(self.options.directory, candidate, going)
        except DatabaseError as error:
            self._rejected(error, candidate, new)
            return
        if new:
            self.teller.line(words.TEST_PASSED)
        show(self.options.directory, candidate)
        self.generations.activate(candidate)
        self._remember()
        store.write(self.generations.state, self.state.to_json())
        settle(self.options.directory)
        self.outcome = replace(self.outcome, activated=bool(new) or self._repaired(found))
        self._tell(new)

    def _complete(self, found: dict[str, Found], candidate: Path, new: set[str]) -> None:
        """Copy what did not change into the candidate."""
        stems = {name.rpartition(".")[0] for name in new}
        for name, each in found.items():
            if each.local is not None and name not in stems:
                store.copy(each.local.path, candidate / each.local.name)
        kept = set(self.options.customs)
        current = self.generations.current()
        if self.options.restricted and current is not None:
            done = {path.name.rpartition(".")[0] for path in candidate.iterdir()}
            kept |= {name for name in current.files if name.rpartition(".")[0] not in done}
        for name in kept - new:
            path = self._old(name)
            if path.is_file() and not (candidate / name).exists():
                store.copy(path, candidate / name)

    def _compare(self, found: dict[str, Found], candidate: Path, new: set[str]) -> None:
        """That the databases do not lose most of what they had."""
        before = after = 0
        for name, each in found.items():
            fresh = next(candidate.glob(f"{name}.c[lv]d"), None)
            if each.local is not None and fresh is not None:
                before += each.local.header.signatures
                after += Container.open(fresh).header.signatures
        if after < before * LEAST_SHARE:
            raise TrialError(f"{after} signatures where there were {before}")
        for name in self.options.customs:
            path = candidate / name
            # What stays was verified when it came, by a certificate that may have run out since.
            stays = name not in new and self.generations.is_ours(self.generations.directory / name)
            if path.suffix in _CONTAINERS and path.exists() and not stays:
                verify(path, self.options.keys, signatures=kept_for(candidate))

    def _rejected(self, error: DatabaseError, candidate: Path, new: set[str]) -> None:
        self.teller.error(str(error))
        self.teller.error(words.TEST_FAILED)
        self.outcome = replace(self.outcome, trouble=Trouble.TEST)
        aside = self.generations.home / "rejected"
        shutil.rmtree(aside, ignore_errors=True)
        candidate.rename(aside)  # for whoever wants to know
        for name in new:
            key = name if name in self.results else name.rpartition(".")[0]
            status = Status.PREVIOUS
            self.results[key] = replace(
                self.results[key], status=status, detail=str(error), trouble=Trouble.TEST
            )

    def _repaired(self, found: dict[str, Found]) -> bool:
        return any(each.damage is not None and each.local is not None for each in found.values())

    def _remember(self) -> None:
        water = dict(self.state.high_water)
        for name, result in self.results.items():
            if name in self.options.databases and result.version is not None:
                water[name] = max(water.get(name, 0), result.version)
        skipped = {
            name: version
            for name, version in self.state.skipped.items()
            if water.get(name, 0) <= version
        }
        self.state = replace(self.state, high_water=water, skipped=skipped)

    def _tell(self, new: set[str]) -> None:
        for name in sorted(new):
            path = self.generations.directory / name
            if name in self.options.customs:
                self.teller.line(words.custom_updated(name, signatures_in(path)))
            else:
                self.teller.line(words.updated(name, Container.open(path).header))
        for name in self.options.customs:
            if name not in new and self.results[name].status is Status.CURRENT:
                self.teller.line(words.custom_up_to_date(name))
