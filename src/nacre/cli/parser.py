"""The parser of ``nacre COMMAND``; apart, because argparse takes longer than many a command."""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import nacre
from nacre.cli import commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ERROR = 2


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    wrong: int = ERROR
    """The exit code of a wrong command line."""

    def error(self, message: str) -> NoReturn:
        """Exit with `wrong`."""
        self.exit(self.wrong, f"{self.prog}: {message} (see {self.prog} --help)\n")


def dispatch(arguments: list[str]) -> int:
    """Run the command that `arguments` name; returns its exit code."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    wanted = [arguments[0]] if arguments and arguments[0] in names else names
    if wanted == arguments[:1] and not hasattr(_module(wanted[0]), "add_arguments"):
        return run_program(wanted[0], arguments[1:])
    parser = Parser(prog="nacre", description=nacre.__doc__.partition("\n")[0])
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in wanted:
        module = _module(name)
        if hasattr(module, "add_arguments"):
            about = (module.__doc__ or "").partition("\n")[0].rstrip(".")
            subparser = subparsers.add_parser(name, help=about, description=module.__doc__)
            subparser.wrong = getattr(module, "USAGE", ERROR)
            if len(wanted) == 1:  # the outer one tells of words that are left over
                parser.wrong = subparser.wrong
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    return run(parsed)


def run_program(name: str, arguments: list[str]) -> int:
    """Run a command that brings its own parser; returns its exit code."""
    run: Callable[[list[str]], int] = _module(name).run
    return run(arguments)


def _module(name: str) -> ModuleType:
    return import_module(f"{commands.__name__}.{name}")
