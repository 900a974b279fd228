"""Check configuration files: what is refused, and what has no effect here.

Exit codes: 0 every file can be used, 2 one cannot.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config import daemon, file, scan
from nacre.config.effect import without_effect
from nacre.config.option import Program
from nacre.config.path import config_file, present
from nacre.config.table import options_of
from nacre.model.errors import ConfigError
from nacre.output.escape import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from nacre.config.settings import Settings

OK = 0
WRONG = 2

KINDS = {
    "clamd": Program.CLAMD,
    "freshclam": Program.FRESHCLAM,
    "nacre": Program.NACRE,
}
"""By the name of the file, without .conf."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action and what it takes."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    about = "Say what is wrong with configuration files, and what has no effect."
    check = actions.add_parser("check", help=about, description=about)
    check.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="clamd.conf, freshclam.conf or nacre.conf (default: those that are there)",
    )
    check.add_argument("--kind", choices=tuple(KINDS), help="what the files are, whatever the name")
    check.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people or programs"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check; returns the exit code."""
    files: list[Path] = arguments.files or [
        path for kind in KINDS if present(path := config_file(f"{kind}.conf"))
    ]
    if not files:
        raise ConfigError(f"no configuration file in {config_file('').parent}")
    reports = [_examined(path, _kind(path, arguments.kind)) for path in files]
    if arguments.format == "json":
        sys.stdout.write(json.dumps([report.to_json() for report in reports], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for report in reports for line in report.lines())
    return WRONG if any(report.problems for report in reports) else OK


def _kind(path: Path, kind: str | None) -> Program:
    if kind is not None:
        return KINDS[kind]
    for name, program in KINDS.items():
        if name in path.name:
            return program
    raise ConfigError("which program is this file for? Say so with --kind", str(path))


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say about a line of a file; line 0: about the file."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say about one file."""

    path: Path
    problems: tuple[Note, ...]
    """Why it is refused."""
    idle: tuple[Note, ...]
    """What does nothing."""
    notes: tuple[Note, ...] = ()
    """What could be written better."""

    def lines(self) -> Iterator[str]:
        """For people."""
        name = printable(str(self.path))
        for kind, notes in (("error: ", self.problems), ("", _sorted(*self.idle, *self.notes))):
            for note in notes:
                place = f"{name}:{note.line}" if note.line else name
                yield f"{place}: {kind}{printable(note.text)}"
        if not self.problems:
            yield f"{name}: OK"

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "file": str(self.path),
            "ok": not self.problems,
            "problems": [{"line": note.line, "reason": note.text} for note in self.problems],
            "without_effect": [{"line": note.line, "reason": note.text} for note in self.idle],
            "notes": [{"line": note.line, "reason": note.text} for note in self.notes],
        }


_MEANINGS: dict[Program, Callable[[Settings], Iterator[ConfigError]]] = {
    Program.CLAMD: daemon.problems,
    Program.NACRE: scan.problems,
}


def _examined(path: Path, program: Program) -> Checked:
    try:
        text = file.read(path)
    except ConfigError as error:
        return Checked(path, (Note(0, error.reason),), ())
    found, errors = file.examine(program, text, str(path))
    settings = found.settings
    meaning = _MEANINGS.get(program)
    problems = [*errors, *(meaning(settings) if meaning is not None else ())]
    idle = [
        Note(place.line, f"{option.name} has no effect here: {reason}")
        for option in options_of(program)
        if (reason := without_effect(program, option)) and option.name
        for place in settings.places.get(option.key, ())
    ]
    # A warning ends with its place, which stands before a line here.
    for warning in found.warnings:
        said, _, place = warning.rpartition(f" at {path}:")
        idle.append(Note(int(place), said))
    return Checked(
        path,
        _sorted(*(Note(error.line or 0, error.reason) for error in problems)),
        _sorted(*idle),
        _sorted(*(Note(line, text) for line, text in found.notes)),
    )


def _sorted(*notes: Note) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: note.line))
