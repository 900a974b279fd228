"""What is here of a database, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.cvd import Container
from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.cvd import Header
    from nacre.cvd.signature import Keys
    from nacre.updater.generations import Generation, Generations


@dataclass(frozen=True, slots=True)
class Local:
    """A whole copy of a database."""

    path: Path
    name: str
    """Of the file, such as ``daily.cld``."""
    header: Header


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at one database found."""

    local: Local | None
    """The best whole copy."""
    damage: str | None = None
    """What is wrong with the one that is in use."""
    in_use: bool = False
    """Whether `local` is that of the current generation."""


def find(generations: Generations, database: str, keys: Keys) -> Found:
    """The best whole copy of a database: the one in use, else of an earlier generation."""
    current = generations.current()
    good: list[Found] = []
    damage = None
    for name in (f"{database}.cld", f"{database}.cvd"):
        path = generations.directory / name
        if not path.is_file():
            continue
        ours = current is not None and generations.is_ours(path) and name in current.files
        try:
            if ours and current is not None and not current.whole(name):
                damage = f"{path}: not the bytes that were put there"
                continue
            header = Container.open(path).header if ours else verify(path, keys)
            good.append(Found(Local(path, name, header), in_use=ours))
        except DatabaseError as error:
            damage = str(error)
    if good:
        return max(good, key=_version)
    kept = (copy for each in generations.earlier() if (copy := _kept(each, database)) is not None)
    return Found(next(kept, None) if damage is not None else None, damage)


def _version(found: Found) -> int:
    return found.local.header.version if found.local is not None else -1


def _kept(generation: Generation, database: str) -> Local | None:
    for name in (f"{database}.cld", f"{database}.cvd"):
        if name in generation.files and generation.whole(name):
            path = generation.path / name
            try:
                return Local(path, name, Container.open(path).header)
            except DatabaseError:
                continue
    return None
