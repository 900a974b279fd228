"""clamconf: shows the configuration of clamd and freshclam, and makes files to begin with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program, Status
from nacre.config.settings import Collector, Settings
from nacre.config.table import options_of
from nacre.model.errors import ConfigError
from nacre.output import clamconf as words
from nacre.output.version import ENGINE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from nacre.config.option import Option

NAME = "clamconf"
FAILED = 1
FILES = {
    "clamd.conf": Program.CLAMD,
    "freshclam.conf": Program.FRESHCLAM,
    "nacre.conf": Program.NACRE,
}
_OTHER = "clamav-milter.conf"
"""Of a program that is not here."""


def main(argv: list[str]) -> int:
    """Run clamconf with these arguments; returns its exit code."""
    try:
        line = parse(Program.CLAMCONF, NAME, argv)
    except UsageError as error:
        _write(sys.stderr, *error.lines, "ERROR: Can't parse command line options")
        return FAILED
    settings = line.settings
    if settings.flag("help"):
        from nacre.config.about import CLAMCONF  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        sys.stdout.write(help_text(Program.CLAMCONF, CLAMCONF, ENGINE))
    elif settings.flag("version"):
        _write(sys.stdout, f"Clam AntiVirus Configuration Tool {ENGINE}")
    elif settings.text("generate_config") is not None:
        _generate(settings.text("generate_config") or "")
    else:
        _write(sys.stdout, *_report(settings))
    return 0


def _report(settings: Settings) -> Iterator[str]:
    """All that is printed."""
    folder = Path(settings.text("config_directory") or config_path.SYSTEM_CONFIG)
    if "config_directory" not in settings.given:
        folder = config_path.config_file("clamd.conf").parent
    yield f"Checking configuration files in {folder}"
    yield ""
    changed = settings.flag("non_default")
    found = {}
    for name, program in FILES.items():
        if program is Program.NACRE and not config_path.present(folder / name):
            continue
        found[program] = yield from _file(folder / name, program, changed=changed)
        yield ""
    milter = "is of no program here" if config_path.present(folder / _OTHER) else "not found"
    yield f"{_OTHER} {milter}"
    yield ""
    yield from words.software()
    yield ""
    directories = [
        Path(known.text("database_directory") or config_path.database_directory())
        for program in (Program.CLAMD, Program.FRESHCLAM)
        if (known := found.get(program)) is not None
    ] or [config_path.database_directory()]
    yield from words.database(directories[0], directories[-1])
    yield ""
    yield from words.host()


def _file(path: Path, program: Program, *, changed: bool) -> Generator[str, None, Settings | None]:
    """The section of one file; returns what it says."""
    if not config_path.present(path):
        yield f"{path.name} not found"
        return None
    yield from words.heading(f"Config file: {path.name}")
    try:
        loaded = config_file.load(program, path)
    except ConfigError as error:
        sys.stdout.flush()
        _write(sys.stderr, f"ERROR: Parse error at {error}")
        return None
    defaults = Collector(program).settings()
    for option in _named(program):
        value = loaded.settings.values[option.key]
        if not changed or value != defaults.values[option.key]:
            yield words.setting(option.name, value)
    return loaded.settings


def _named(program: Program) -> Iterator[Option]:
    """Options of a file that still do something, and older spellings last."""
    for aliases in (False, True):
        for option in options_of(program):
            older = option.status is Status.ALIAS
            if option.name and option.status is not Status.IGNORED and older is aliases:
                yield option


def _generate(name: str) -> None:
    program = FILES.get(name)
    if program is None:
        _write(
            sys.stderr,
            "ERROR: Unknown config file",
            f"Available options: {' '.join(FILES)}",
        )
        return
    lines = [
        "##",
        f"## {name} - made by clamconf of nacre for ClamAV {ENGINE}",
        "##",
        "",
        "# Comment out or remove the line below.",
        "Example",
        "",
    ]
    for option in _named(program):
        if option.status is Status.ACTIVE:
            lines += words.example(
                option.name, option.help, option.default, multiple=option.multiple
            )
    _write(sys.stdout, *lines)


def _write(stream: TextIO, *lines: str) -> None:
    stream.writelines(f"{line}\n" for line in lines)
