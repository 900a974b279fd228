"""Databases.

They are there, can be read, are not old, and compiled.
"""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

from nacre.database import Database
from nacre.model.errors import DatabaseError
from nacre.monitor.finding import Finding, fine, note, problem, warning
from nacre.monitor.host import Host, may
from nacre.output.version import age_in_days

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD_DAYS = 7
_SHOWN = 5


def run(host: Host) -> Iterator[Finding]:
    """What there is to say about the folder of databases."""
    folder = host.database
    try:
        ready = Database.ready([folder])
    except DatabaseError as error:
        yield problem(str(error), "freshclam fetches databases; DatabaseDirectory says where to")
        return
    yield from _rights(host)
    yield from _age(folder_age=age_in_days((str(folder),)))
    if ready is None:
        yield note(
            "the databases are not compiled, or have changed since",
            f"nacre db compile {folder} does it now, otherwise the next scan or start does",
        )
        return
    yield from _content(ready)


def _age(folder_age: float | None) -> Iterator[Finding]:
    if folder_age is None:
        yield note("none of ClamAV's own databases is there", "freshclam fetches them")
    elif folder_age < -1:
        yield problem(
            "the newest database is from the future",
            f"set the clock, which says {time.strftime('%Y-%m-%d')}",
        )
    elif folder_age > OLD_DAYS:
        yield problem(
            f"the newest database is {folder_age:.0f} days old",
            "see why freshclam does not run: its log, its service, its access to the mirror",
        )
    else:
        yield fine(f"the newest database is {max(0, folder_age):.1f} days old")


def _rights(host: Host) -> Iterator[Finding]:
    folder = host.database
    if not folder.is_dir():
        return  # one file, named by itself
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield problem(f"anybody may write to {folder}", f"chmod o-w {folder}")
    user = host.user()
    if user is None:
        return
    unreadable = [
        path.name for path in sorted(folder.iterdir()) if path.is_file() and not may(user, path, 4)
    ]
    if unreadable:
        yield problem(
            f"{user.pw_name} cannot read {', '.join(unreadable[:_SHOWN])} in {folder}",
            f"chown {user.pw_name} or chmod o+r",
        )
    if not may(user, folder, 3):
        yield note(
            f"{user.pw_name} cannot keep compiled databases in {folder}",
            f"chown {user.pw_name} {folder}; until then they are kept in the user's cache",
        )


def _content(database: Database) -> Iterator[Finding]:
    malformed = [
        f"{source.path}: {file.name}:{line.line}: {line.reason}"
        for source in database.record.sources
        for file in source.files
        for line in file.malformed
    ]
    for line in malformed[:_SHOWN]:
        yield warning(f"malformed signature: {line}", "take the line out, or update the file")
    if len(malformed) > _SHOWN:
        more = len(malformed) - _SHOWN
        yield warning(f"and {more} more malformed signatures", "nacre db info shows all of them")
    for text in database.warnings:
        yield note(text)
    yield fine(f"{database.signatures:,} signatures are compiled and current")
