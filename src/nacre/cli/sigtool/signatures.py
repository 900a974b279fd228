"""sigtool: signatures listed, looked for and decoded."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cli.sigtool.files import complain, refuse
from nacre.config.path import database_directory
from nacre.database.find import every_line
from nacre.output.decoded import Trouble, UnknownFormatError, lines
from nacre.output.escape import printable
from nacre.signatures.readable import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.config.settings import Settings
    from nacre.database.find import Line

OK = 0
FAILED = 1
_LONGEST = 1 << 20
_BYTECODE = "ClamBC"
_UNLISTED = frozenset(
    {"fp", "sfp", "ftm", "gdb", "pdb", "wdb", "ign", "ign2", "cfg", "crb", "pwdb"}
)
"""Files whose lines are no signatures that alert."""


def names(_: str, settings: Settings, __: Sequence[str]) -> int:
    """Print the names of all signatures in a file or folder."""
    path = Path(settings.text("list_sigs") or _folder(settings))
    if not path.exists():
        sys.stdout.write(f"--list-sigs: Can't get status of {printable(str(path))}\n")
        return FAILED
    for entry in every_line(path):
        name = _name(entry)
        if name:
            sys.stdout.write(printable(name) + "\n")
    return OK


def matching(_: str, settings: Settings, __: Sequence[str]) -> int:
    """Print the lines in the databases that match a regex, and the file of each."""
    try:
        wanted = re.compile(settings.text("find_sigs") or "")
    except (re.error, OverflowError, RecursionError):
        sys.stdout.write("--find-sigs: Can't compile regex\n")
        return FAILED
    for entry in every_line(Path(_folder(settings))):
        if wanted.search(entry.text):
            sys.stdout.write(f"[{printable(entry.file)}] {_shown(entry.text)}\n")
    return OK


def decode(_: str, __: Settings, ___: Sequence[str]) -> int:
    """Say what the signatures on standard input look for; the first that is none ends it."""
    while raw := sys.stdin.buffer.readline(_LONGEST):
        text = raw.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        if not text:
            continue
        try:
            for line in lines(text):
                if isinstance(line, Trouble):
                    sys.stdout.flush()
                    complain(line.text)
                else:
                    _write(line)
        except UnknownFormatError as error:
            return refuse(str(error))
    return OK


def _name(entry: Line) -> str:
    """The name in a line; of bytecode all that may be reported, as ClamAV lists it."""
    if entry.suffix in _UNLISTED:
        return ""
    if entry.suffix == "cbc":
        name, trigger, _ = entry.text.partition(";")
        return name if trigger and not name.startswith(_BYTECODE) else ""
    module = readable(entry.suffix)
    return "" if module is None else module.name(entry.text, entry.suffix)


def _write(line: bytes) -> None:
    """Write a line: as it is for programs, without control characters for people."""
    if sys.stdout.isatty():
        sys.stdout.write(_shown(line.decode("utf-8", "surrogateescape")) + "\n")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(line + b"\n")


def _shown(text: str) -> str:
    """Printable, with backslashes as they are: regexes are full of them."""
    return printable(text).replace("\\\\", "\\")


def _folder(settings: Settings) -> str:
    return settings.text("data_directory") or str(database_directory())
