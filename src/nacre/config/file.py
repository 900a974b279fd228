r"""Configuration files: clamd.conf and its kin.

One `Option value` per line. `#` begins a comment line; after a boolean, number or size it also ends
the value. A value in double quotes may hold blanks and `\\"`. The first value of an option stays,
unless it may repeat. `Example` anywhere means that nobody has looked at the file yet.

Names are compared exactly, as ClamAV does. Unlike ClamAV's, every error has its line number, and a
carriage return at the end of a line is not part of the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nacre.config import value as values
from nacre.config.option import Kind, Option, Program, Status
from nacre.config.settings import Collector, Place, Settings
from nacre.config.table import file_names
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 1 << 20
"""A configuration file is small; anything else is a mistake, or /dev/zero."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file that made sense."""

    settings: Settings
    warnings: tuple[str, ...]
    notes: tuple[tuple[int, str], ...] = ()
    """Lines that could be better, by number: older spellings, and values that do not count."""


def load(program: Program, path: Path) -> ConfigFile:
    """Read the file at `path`; raises ConfigError, with the line where there is one."""
    return parse(program, read(path), str(path))


def read(path: Path) -> str:
    """The text of a configuration file; raises ConfigError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(error.strerror or "cannot be read", str(path)) from error
    if len(data) > MAX_BYTES:
        raise ConfigError("not a configuration file: too large", str(path))
    return data.decode("utf-8", "surrogateescape")


def parse(program: Program, text: str, source: str) -> ConfigFile:
    """Read the text of a file; `source` is its name in messages. Raises ConfigError."""
    file, errors = examine(program, text, source)
    for error in errors:
        raise error
    return file


def examine(program: Program, text: str, source: str) -> tuple[ConfigFile, tuple[ConfigError, ...]]:
    """What makes sense in the text of a file, and an error for each line that does not."""
    collector = Collector(program)
    said = _Said()
    errors: list[ConfigError] = []
    for number, name, rest in _lines(text):
        try:
            _set(collector, said, _find(program, name), rest, Place(source, number))
        except _LineError as error:
            errors.append(ConfigError(str(error), source, number))
    file = ConfigFile(collector.settings(), tuple(said.warnings), tuple(said.notes))
    return file, tuple(errors)


@dataclass(slots=True)
class _Said:
    """What there is to say about lines that are no errors."""

    warnings: list[str] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)


class _LineError(Exception):
    """What is wrong with the line being read."""


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if line and not line.startswith("#"):
            name, *rest = line.split(maxsplit=1)
            yield number, name, rest[0] if rest else ""


def _find(program: Program, name: str) -> Option:
    if name == "Example":
        raise _LineError("Please edit the example config file")
    option = file_names(program).get(name)
    if option is None:
        raise _LineError(f"Unknown option {name}")
    return option


def _set(collector: Collector, said: _Said, option: Option, rest: str, place: Place) -> None:
    if "\0" in rest:
        raise _LineError(f"NUL in the value of option {option.name}")
    if not rest:
        raise _LineError(f"Missing argument for option {option.name}")
    if option.status is Status.IGNORED:
        ignoring = f"Ignoring deprecated option {option.name}"
        said.warnings.append(f"{ignoring} at {place.file}:{place.line}")
        return
    try:
        value, cut = values.parse(option, _value(option, rest))
    except values.EmptyValueError:
        raise _LineError(f"Empty argument for option {option.name}") from None
    except values.BadValueError:
        raise _LineError(f"Incorrect argument format for option {option.name}") from None
    if cut:
        said.warnings.append(
            f"Numerical value for option {option.name} too high, "
            f"resetting to {values.LARGEST} at {place.file}:{place.line}"
        )
    if option.status is Status.ALIAS:
        newer = _newer(collector.program, option)
        said.notes.append((place.line, f"{option.name} is another spelling of {newer}"))
    if not collector.add(option, value, place):
        first = f"{option.name} was set before, and the first value counts"
        said.notes.append((place.line, first))


def _newer(program: Program, option: Option) -> str:
    return next(
        name
        for name, other in file_names(program).items()
        if other.key == option.key and other.status is Status.ACTIVE
    )


def _value(option: Option, rest: str) -> str:
    if rest.startswith('"'):
        return _quoted(option, rest)
    if option.kind is Kind.STRING:
        return rest
    return rest.split("#", 1)[0].strip()


def _quoted(option: Option, rest: str) -> str:
    letters: list[str] = []
    escaped = False
    for letter in rest[1:]:
        if letter == '"' and not escaped:
            return "".join(letters)
        if escaped and letter == '"':
            letters.pop()
        letters.append(letter)
        escaped = letter == "\\" and not escaped
    raise _LineError(f"Missing closing quote in option {option.name}")
