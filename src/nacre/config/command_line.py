"""Command lines, as getopt_long reads them, from the option table.

Options and operands may be mixed, `--` ends the options, long names may be cut short while they
stay unique, short letters may be glued. A boolean takes a value only after `=`; numbers, sizes and
strings take the next word as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.config import value as values
from nacre.config.option import Kind, Option, Program, Status
from nacre.config.settings import Collector, Settings
from nacre.config.table import long_names, short_names
from nacre.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence


class UsageError(ConfigError):
    """The command line is wrong.

    `lines` is what to print, `warnings` what was noticed before.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[0])
        self.lines = (*lines, "ERROR: Can't parse command line options")
        self.warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command line that made sense."""

    settings: Settings
    operands: tuple[str, ...]
    warnings: tuple[str, ...]


def parse(program: Program, name: str, words: Sequence[str]) -> CommandLine:
    """Read `words` (without the program's name, which messages begin with); raises UsageError."""
    parser = _Parser(program, name, words)
    try:
        parser.run()
    except UsageError as error:
        error.warnings = tuple(parser.warnings)
        raise
    return CommandLine(parser.collector.settings(), tuple(parser.operands), tuple(parser.warnings))


class _Parser:
    def __init__(self, program: Program, name: str, words: Sequence[str]) -> None:
        self.collector = Collector(program)
        self.operands: list[str] = []
        self.warnings: list[str] = []
        self._program = program
        self._name = name
        self._words = iter(words)

    def run(self) -> None:
        for word in self._words:
            if word == "--":
                self.operands.extend(self._words)
            elif word.startswith("--"):
                self._long(word[2:])
            elif word.startswith("-") and word != "-":
                self._short(word[1:])
            else:
                self.operands.append(word)

    def _long(self, word: str) -> None:
        name, equals, text = word.partition("=")
        option = self._find(name, word)
        if equals:
            self._set(option, text)
        elif option.kind is Kind.BOOL or option.optional:
            self._set(option, None)
        else:
            self._set(option, self._next(f"option `--{word}' requires an argument"))

    def _find(self, name: str, word: str) -> Option:
        options = long_names(self._program)
        if name in options:
            return options[name]
        found = [option for long, option in options.items() if long.startswith(name)]
        if len(found) == 1:
            return found[0]
        problem = f"option `--{word}' is ambiguous" if found else f"unrecognized option `--{word}'"
        raise UsageError(f"{self._name}: {problem}", "ERROR: Unknown option passed")

    def _short(self, letters: str) -> None:
        options = short_names(self._program)
        for position, letter in enumerate(letters, start=1):
            option = options.get(letter)
            if option is None:
                raise UsageError(
                    f"{self._name}: illegal option -- {letter}", "ERROR: Unknown option passed"
                )
            if option.kind is Kind.BOOL:
                self._set(option, None)
                continue
            rest = letters[position:]
            if option.optional:
                self._set(option, rest or None)
                return
            self._set(option, rest or self._next(f"option requires an argument -- {letter}"))
            return

    def _next(self, problem: str) -> str:
        word = next(self._words, None)
        if word is None:
            raise UsageError(
                f"{self._name}: {problem}", "ERROR: Incomplete option passed (missing argument)"
            )
        return word

    def _set(self, option: Option, text: str | None) -> None:
        if option.status is Status.IGNORED:
            self.warnings.append(f"Ignoring deprecated option {option.spelling}")
            return
        if text is None:
            self.collector.add(option, True if option.default is None else _bare(option))
            return
        try:
            value, cut = values.parse(option, text)
        except values.EmptyValueError:
            raise UsageError(
                f"ERROR: Option {option.spelling} requires a non-empty string argument"
            ) from None
        except values.BadValueError:
            raise UsageError(
                f"ERROR: Incorrect argument format for option {option.spelling}"
            ) from None
        if cut:
            self.warnings.append(
                f"Numerical value for option {option.long} too high, resetting to {values.LARGEST}"
            )
        self.collector.add(option, value)


def _bare(option: Option) -> bool | int | str:
    return True if option.kind is Kind.BOOL or option.default is None else option.default
