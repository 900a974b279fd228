"""Scanning in confinement: what the processes of a service do, a descriptor at a time.

The zygote opens the database and imports everything; each worker then locks itself away and answers
one scan after the other. It ends itself after an alert and after many scans, so that nothing that
was done to it lasts.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.errors import DatabaseError, ScanError
from nacre.model.fmap import Fmap
from nacre.output.version import version_line
from nacre.workers.sandbox import Sandbox, available
from nacre.workers.scan import pack
from nacre.workers.wire import Receiver, Value, encode

if TYPE_CHECKING:
    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions
    from nacre.workers.zygote import Work

MAX_SCANS = 2000
"""Scans after which a worker is replaced."""
MEMORY = 1 << 30
"""Bytes that a worker may have of its own."""
MAX_WARNINGS = 20
"""Lines of a database that are named."""

_READ = 1 << 16
_SHOWN = 500
"""Letters of a warning."""
_NICE = 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a generation of workers is made from."""

    paths: tuple[str, ...]
    """Of the database."""
    options: ScanOptions
    limits: Limits
    strict: bool = False
    """A malformed line is an error."""
    directory: str | None = None
    """Where workers may make files without names."""
    named: bool = False
    """And files with names, for what is left there on purpose."""


def task(name: bytes, *, all_match: bool = False, digest: bool = False) -> Value:
    """What a worker is asked, with a descriptor: `digest` for an MD5 of what alerts."""
    return [os.fsdecode(name), all_match, digest]


def plant(recipe: Recipe, _request: Value) -> tuple[Value, Work]:
    """Open the database and get scanners ready; tells about the database.

    Raises:
        DatabaseError: there is none that can be used, not even an earlier one.
    """
    _compile_aside(recipe)
    database, trouble = _open(recipe)
    scanners = (_scanner(database, recipe), _scanner(database, recipe, all_match=True))
    malformed = _malformed(database)
    sandbox = Sandbox(directory=recipe.directory, named=recipe.named, memory=MEMORY)
    told = {
        "signatures": database.record.count(
            pua=recipe.options.detect_pua, official_only=recipe.options.official_only
        ),
        "version": version_line(recipe.paths),
        "trouble": trouble,
        "confinement": available().value,
        "image_bytes": database.path.stat().st_size if database.path is not None else 0,
        "malformed": len(malformed),
        "warnings": [text[:_SHOWN] for text in malformed[:MAX_WARNINGS]],
    }
    return told, partial(_work, scanners, sandbox)


def _compile_aside(recipe: Recipe) -> None:
    """Have the image made by a process that leaves the processor to the others."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            os.nice(_NICE)
            Database.open(recipe.paths, strict=recipe.strict)
            status = 0
        except DatabaseError:
            pass  # told by the process that opens it
        finally:
            os._exit(status)
    os.waitpid(pid, 0)


def _open(recipe: Recipe) -> tuple[Database, str]:
    """The database, or the last one that was good and what is wrong with this one."""
    try:
        return Database.open(
            recipe.paths,
            strict=recipe.strict,
            pua=recipe.options.detect_pua,
            certificates=not recipe.options.disable_cert_check,
        ), ""
    except DatabaseError as error:
        last = Database.last(recipe.paths)
        if last is None:
            raise
        return last, str(error)


def _scanner(database: Database, recipe: Recipe, *, all_match: bool = False) -> Scanner:
    options = replace(recipe.options, all_match=all_match)
    return Scanner(database, options, recipe.limits, shared_cache=True)


def _malformed(database: Database) -> list[str]:
    return [
        f"{source.path}: {file.name}:{line.line}: {line.reason}"
        for source in database.record.sources
        for file in source.files
        for line in file.malformed
    ]


def _work(
    scanners: tuple[Scanner, Scanner], sandbox: Sandbox, connection: socket.socket, _slot: int
) -> None:
    sandbox.enter()
    receiver = Receiver()
    scans = 0
    descriptors: list[int] = []
    while True:
        data, received, _flags, _address = socket.recv_fds(connection, _READ, 1)
        if not data:
            return
        descriptors += received
        for asked in receiver.feed(data):
            scans += 1
            descriptor = descriptors.pop(0)
            record, alerted = _scan(scanners, asked, descriptor)
            os.close(descriptor)
            connection.sendall(encode([record, alerted or scans >= MAX_SCANS]))


def _scan(scanners: tuple[Scanner, Scanner], asked: Value, descriptor: int) -> tuple[Value, bool]:
    """The packed report with a digest, or the reason why there is none; and whether it alerts."""
    name, all_match, digest = asked
    try:
        report = scanners[all_match].scan_fd(descriptor, name)
    except ScanError as error:
        return error.reason, False
    alerted = bool(report.alerts)
    return [pack(report), _md5(descriptor, report.size) if digest and alerted else ""], alerted


def _md5(descriptor: int, size: int) -> str:
    return Fmap.from_fd(descriptor, size).digest("md5").hex()
