"""Scanning in confinement: what the processes of a service do, a descriptor at a time.

The zygote opens the database and imports everything; each worker then locks itself away and answers
one scan after the other. It ends itself after an alert and after many scans, so that nothing that
was done to it lasts.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.errors import DatabaseError, ScanError
from nacre.model.fmap import Fmap
from nacre.output.keeping import Keeping
from nacre.output.version import version_line
from nacre.workers.sandbox import Sandbox, available
from nacre.workers.scan import pack
from nacre.workers.wire import Receiver, Value, encode
from nacre.workers.yara import YaraRules

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
    leave: bool = False
    """And files with names: what is taken out of files stays there, with metadata if wanted."""
    yara: tuple[str, ...] = ()
    """YARA rules of the whole language."""


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
    rules = YaraRules.open(recipe.yara) if recipe.yara else None
    desk = Desk(
        _scanner(database, recipe, rules),
        _scanner(database, recipe, rules, all_match=True),
        recipe.directory if recipe.leave else None,
        json=recipe.leave and recipe.options.gen_json,
    )
    warnings = [*_malformed(database), *map(str, rules.troubles if rules else ())]
    sandbox = Sandbox(directory=recipe.directory, named=recipe.leave, memory=MEMORY)
    told = {
        "signatures": database.record.count(
            pua=recipe.options.detect_pua, official_only=recipe.options.official_only
        ),
        "version": version_line(recipe.paths),
        "trouble": trouble,
        "confinement": available().value,
        "image_bytes": database.path.stat().st_size if database.path is not None else 0,
        "malformed": len(warnings),
        "warnings": [text[:_SHOWN] for text in warnings[:MAX_WARNINGS]],
    }
    return told, partial(_work, desk, sandbox)


def _compile_aside(recipe: Recipe) -> None:
    """Have the image made by a process that leaves the processor to the others."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            with contextlib.suppress(OSError):  # a service may not be allowed to
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
        last = Database.last(recipe.paths, strict=recipe.strict)
        if last is None:
            raise
        return last, str(error)


def _scanner(
    database: Database, recipe: Recipe, rules: YaraRules | None, *, all_match: bool = False
) -> Scanner:
    options = replace(recipe.options, all_match=all_match)
    return Scanner(database, options, recipe.limits, rules, shared_cache=True)


def _malformed(database: Database) -> list[str]:
    return [
        f"{source.path}: {file.name}:{line.line}: {line.reason}"
        for source in database.record.sources
        for file in source.files
        for line in file.malformed
    ]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a worker scans with."""

    first: Scanner
    """Ends at the first alert."""
    every: Scanner
    """Goes on after it."""
    leave: str | None = None
    """Where what is taken out of files is left."""
    json: bool = False
    """With metadata."""

    def scan(self, asked: Value, descriptor: int) -> tuple[Value, bool]:
        """``[packed report, digest, trouble]`` or why there is no report; and whether it alerts."""
        name, all_match, digest = asked
        scanner = self.every if all_match else self.first
        keeping = Keeping(os.fsencode(name), self.leave, json=self.json)
        try:
            report = scanner.scan_fd(descriptor, name, *keeping.watches)
        except ScanError as error:
            return error.reason, False
        alerted = bool(report.alerts)
        md5 = _digest(descriptor, report.size, "md5") if digest and alerted else ""
        try:
            keeping.finish(report, lambda: _digest(descriptor, report.size, "sha256"))
            trouble = keeping.trouble
        except OSError as error:
            trouble = f"Can't leave metadata: {error.strerror}"
        return [pack(report), md5, trouble], alerted


def _work(desk: Desk, sandbox: Sandbox, connection: socket.socket, _slot: int) -> None:
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
            record, alerted = desk.scan(asked, descriptor)
            os.close(descriptor)
            connection.sendall(encode([record, alerted or scans >= MAX_SCANS]))


def _digest(descriptor: int, size: int, name: str) -> str:
    return Fmap.from_fd(descriptor, size).digest(name).hex()
