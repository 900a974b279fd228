"""sigtool: a database of one's own, built of the signature files in the current folder."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.changes import unpacked, written
from nacre.cli.sigtool.files import complain
from nacre.cli.sigtool.signing import Signature, signature
from nacre.config.path import database_directory
from nacre.cvd import Container, Header
from nacre.cvd.cdiff import write_cdiff
from nacre.cvd.signer import NONE, Beside, Nobody, signature_name
from nacre.cvd.write import MEMBERS
from nacre.cvd.write import build as write_container
from nacre.model.errors import DatabaseError
from nacre.output.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nacre.config.settings import Settings
    from nacre.cvd.signer import Signer
    from nacre.database import Record

OK = 0
FAILED = 1
_LICENCE = "COPYING"
_BYTECODE = "bytecode"
_PROGRAM_SUFFIX = ".cbc"
_PROGRAM = re.compile(r"[A-Za-z0-9_]+\.cbc", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
"""What a cdiff and a `.sign` file can be called after."""
_BUILDER = re.compile(r"[!-9;-~]{1,64}")
_SIGNED = ".cvd"
_CONTAINERS = (_SIGNED, ".cld", ".cud")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be built."""

    out: Path
    name: str
    unsigned: bool
    current: Path | None
    """The version before, in the database folder."""
    old: Path | None
    """What a script leads from."""
    signer: Signer
    signature: Signature | None


def build(key: str, settings: Settings, operands: Sequence[str]) -> int:
    """Build a container, and what leads to it from an older one."""
    plan = _plan(Path(settings.text(key) or ""), settings, operands)
    if not Path(_LICENCE).is_file():
        complain("ERROR: build: COPYING file not found in current working directory.")
        return FAILED
    with tempfile.TemporaryDirectory(dir=settings.text("temporary_directory")) as text:
        folder = Path(text)
        _gather(plan.name, folder, hybrid=settings.flag("hybrid"))
        total = _loaded(folder, settings)
        had = Container.open(plan.current).header if plan.current is not None else None
        version = _version(settings, had)
        sys.stdout.write(f"Total sigs: {total}\n")
        if had is None or total > had.signatures:
            sys.stdout.write(f"New sigs: {total - (had.signatures if had else 0)}\n")
        header = _header(version, total, settings)
        with _before(plan, version, settings) as before:
            _write(plan, folder, header)
            sys.stdout.write(f"Created {printable(str(plan.out))}\n")
            return OK if before is None else _lead(plan, before, folder, version)


def _plan(out: Path, settings: Settings, operands: Sequence[str]) -> _Plan:
    unsigned = settings.flag("unsigned")
    name = out.stem if out.suffix.lower() in _CONTAINERS else out.name
    if not _NAME.fullmatch(name):
        raise DatabaseError(f"build: {name!r}: only letters, digits and _ can name a database")
    data = Path(settings.text("data_directory") or database_directory())
    found = [path for kind in _CONTAINERS if (path := data / f"{name}{kind}").is_file()]
    current = max(found, key=lambda path: Container.open(path).header.version, default=None)
    named = Path(operands[0]) if operands else None
    made = None if unsigned else signature(settings)
    if made is not None and out.suffix.lower() != _SIGNED:
        raise DatabaseError(f"build: {out}: what certificates sign is a {_SIGNED}")
    return _Plan(
        out=out,
        name=name,
        unsigned=unsigned,
        current=current,
        old=named or (None if unsigned else current),
        signer=_signer(settings, made, unsigned=unsigned),
        signature=made,
    )


def _signer(settings: Settings, made: Signature | None, *, unsigned: bool) -> Signer:
    if unsigned:
        return Nobody()
    if made is not None:
        return Beside()
    server = settings.text("server")
    if server is None:
        raise DatabaseError("build: --unsigned, --key and --cert, or --server is required")
    from nacre.transport.signing import Service  # noqa: PLC0415 - hardly anyone has one

    user, password = os.environ.get("SIGNDUSER"), os.environ.get("SIGNDPASS")
    if not user or not password:
        raise DatabaseError("build: SIGNDUSER and SIGNDPASS must be set for --server")
    return Service(server, user, password)


def _gather(name: str, folder: Path, *, hybrid: bool) -> None:
    """Copy what goes into the container; a last line without an end gets one."""
    wanted = [_LICENCE, *(f"{name}.{kind}" for kind in MEMBERS if kind != "info")]
    if hybrid or name == _BYTECODE:
        here = sorted(path.name for path in Path().iterdir())
        wanted += ["last.hdb", *(file for file in here if _PROGRAM.fullmatch(file))]
    for file in wanted:
        source, target = Path(file), folder / file
        if source.is_file():
            shutil.copyfile(source, target)
            _end_line(target)


def _end_line(path: Path) -> None:
    # ClamAV does not load a member, and scripts do not know a line, without it.
    with path.open("r+b") as file:
        if file.seek(0, 2) and (file.seek(-1, 2), file.read(1))[1] != b"\n":
            file.write(b"\n")


def _loaded(folder: Path, settings: Settings) -> int:
    """How many signatures a scan would have of what is in `folder`.

    Raises:
        DatabaseError: there are none, or lines are wrong; all that are known were named.
    """
    from nacre.database.compiler import compile_image  # noqa: PLC0415 - only here
    from nacre.database.sources import find  # noqa: PLC0415

    sources = find([folder]).files
    with tempfile.TemporaryDirectory(dir=settings.text("temporary_directory")) as scratch:
        record = compile_image(sources, "0" * 64, Path(scratch) / "image")
    wrong = sum(file.malformed_count for file in record.files)
    for line in _wrong(record):
        complain(f"ERROR: build: {line}")
    if wrong:
        raise DatabaseError(f"build: Can't load database: {wrong} malformed lines")
    skipped = sum(file.skipped for file in record.files if file.counted)
    programs = sum(1 for path in folder.iterdir() if path.suffix == _PROGRAM_SUFFIX)
    total = record.signatures + programs  # which others run, if nobody here does
    if skipped:
        lines = total + skipped
        complain(f"WARNING: build: Signatures in db files: {lines}, loaded: {total}")
    if skipped > settings.number("max_bad_sigs"):
        raise DatabaseError("Bad number of signatures in database files")
    if not total:
        complain("WARNING: build: There are no signatures in database files")
    return total


def _wrong(record: Record) -> Iterator[str]:
    for file in record.files:
        for line in file.malformed:
            yield printable(f"{file.name}:{line.line}: {line.reason}")
        if (more := file.malformed_count - len(file.malformed)) > 0:
            yield printable(f"{file.name}: {more} more")


def _version(settings: Settings, had: Header | None) -> int:
    if had is not None:
        return had.version + 1
    given = settings.number("cvd_version")
    if given:
        return given
    text = _asked("Version number: ")
    if not text.isascii() or not text.isdigit():
        raise DatabaseError(f"build: {text!r} is not a version; --cvd-version gives one")
    return int(text)


def _header(version: int, total: int, settings: Settings) -> Header:
    from nacre.matching import FUNCTIONALITY_LEVEL  # noqa: PLC0415 - native

    builder = os.environ.get("SIGNDUSER") or _asked("Builder name: ")
    if not _BUILDER.fullmatch(builder):
        raise DatabaseError(f"build: {builder!r} is no name for a builder; SIGNDUSER gives one")
    now = int(time.time())
    return Header(
        build_time=time.strftime("%d %b %Y %H-%M +0000", time.gmtime(now)),
        version=version,
        signatures=total,
        level=settings.number("flevel") or FUNCTIONALITY_LEVEL,
        md5=NONE,
        signature=NONE,
        builder=builder,
        seconds=now,
    )


def _asked(question: str) -> str:
    """A line of the standard input; empty at its end."""
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline(256).strip()


def _write(plan: _Plan, folder: Path, header: Header) -> None:
    aside = plan.out.with_name(f".{plan.out.name}.new")
    aside.unlink(missing_ok=True)
    try:
        write_container(folder, plan.name, aside, header, plan.signer)
        if plan.signature is not None:
            kind = plan.out.suffix[1:].lower()
            beside = plan.out.with_name(signature_name(plan.name, header.version, kind))
            plan.signature.write(aside, beside)
        aside.replace(plan.out)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def _before(plan: _Plan, version: int, settings: Settings) -> Iterator[Path | None]:
    """The older container, unpacked before the new one takes its place; None if none is wanted."""
    if settings.flag("no_cdiff") or plan.old is None:
        yield None
        if not plan.unsigned:
            sys.stdout.write("Skipping .cdiff creation\n")
        return
    had = Container.open(plan.old).header.version
    if had != version - 1:
        raise DatabaseError(f"build: {plan.old}: version {had}, not {version - 1}")
    with unpacked(plan.old, settings) as before:
        yield before


def _lead(plan: _Plan, before: Path, after: Path, version: int) -> int:
    """Write the script from the older container to the new one, and the cdiff."""
    script = plan.out.with_name(f"{plan.name}-{version}.script")
    code = written(script, before, after, "the previous version")
    if code != OK or plan.unsigned:
        return code
    cdiff = script.with_suffix(".cdiff")
    write_cdiff(script, cdiff, version, plan.signer)
    if plan.signature is not None:
        plan.signature.write(cdiff, cdiff.with_name(f"{cdiff.name}.sign"))
    return OK
