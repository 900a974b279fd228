"""Putting into use what came otherwise, and going back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError
from nacre.output import freshclam as words
from nacre.output.freshclam import Trouble
from nacre.signatures import CONTAINERS, suffix_of, type_of
from nacre.transport import store
from nacre.updater.generations import Generation, Generations
from nacre.updater.outcome import Outcome, Result, Status
from nacre.updater.signed import keep, show
from nacre.updater.trial import TrialError, settle, tried
from nacre.updater.update import read_state

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.cvd.signature import Keys
    from nacre.output.freshclam import Teller

_SIGNED = {"cvd", "cld"}


def activate(directory: Path, source: Path, keys: Keys, teller: Teller) -> Outcome:
    """Verify, try and put into use the databases in `source`, as a whole.

    Args:
        directory: the database folder.
        source: a folder that something else filled: rsync, a package, a copied generation.
        keys: who is trusted.
        teller: is told how it goes.

    Raises:
        DatabaseError: there is nothing in `source`.
        BusyError: an updater is at work.
        OSError: a folder cannot be read or written.
    """
    names = sorted(path.name for path in source.iterdir() if _is_database(path))
    if not names:
        raise DatabaseError(f"{source}: no databases")
    generations = Generations(directory)
    generations.home.mkdir(parents=True, exist_ok=True, mode=0o755)
    with store.naming(directory), store.locked(generations.lock):
        generations.mend()
        candidate = generations.begin()
        try:
            for name in names:
                store.copy(source / name, candidate / name)
            return _checked(generations, candidate, source, keys, teller)
        finally:
            shutil.rmtree(candidate, ignore_errors=True)


def rollback(directory: Path) -> tuple[Generation, dict[str, int]]:
    """Go back to the generation before; it, and what is not taken again by version.

    Raises:
        DatabaseError: there is none that is whole.
        BusyError: an updater is at work.
        OSError: the folder cannot be written.
    """
    generations = Generations(directory)
    if not generations.home.is_dir():
        raise DatabaseError(f"{directory}: nothing was ever put into use here by nacre")
    with store.naming(directory), store.locked(generations.lock):
        generations.mend()
        left = generations.current()
        found = generations.rollback()
        state = read_state(generations)
        skipped = dict(state.skipped)
        for name in () if left is None else left.files:
            if suffix_of(name) in _SIGNED and name.rpartition(".")[0] in state.high_water:
                stem = name.rpartition(".")[0]
                skipped[stem] = state.high_water[stem]
        store.write(generations.state, replace(state, skipped=skipped).to_json())
        return found, skipped


def _is_database(path: Path) -> bool:
    known = type_of(path.name)
    loadable = suffix_of(path.name) in CONTAINERS or (known is not None and known.loose)
    return loadable and path.is_file() and not path.is_symlink()


def _checked(
    generations: Generations, candidate: Path, source: Path, keys: Keys, teller: Teller
) -> Outcome:
    state = read_state(generations)
    water = dict(state.high_water)
    results: dict[str, Result] = {}
    trouble = Trouble.BAD_DATABASE
    try:
        for path in sorted(candidate.iterdir()):
            version = None
            if suffix_of(path.name) in _SIGNED:
                version = verify(path, keys, signatures=source).version
                most = water.get(path.stem, 0)
                if version < most:
                    detail = f"version {version}, and version {most} was here"
                    teller.error(f"{path.name}: {detail}")
                    stale = {path.stem: Result(Status.STALE, version, detail)}
                    return Outcome(stale, trouble=Trouble.NOT_IN_SYNC)
                water[path.stem] = version
            key = path.stem if version is not None else path.name
            results[key] = Result(Status.UPDATED, version)
        trouble = Trouble.TEST
        signatures = tried(generations.directory, candidate, generations.leaving(candidate))
    except (DatabaseError, TrialError) as error:
        teller.error(str(error))
        broken = replace(Result(Status.PREVIOUS), detail=str(error), trouble=trouble)
        return Outcome({"candidate": broken}, trouble=trouble)
    teller.verbose(f"{signatures} signatures")
    teller.line(words.TEST_PASSED)
    keep(source, candidate)
    show(generations.directory, candidate)
    generations.activate(candidate)
    store.write(generations.state, replace(state, high_water=water).to_json())
    settle(generations.directory)
    return Outcome(results, activated=True)
