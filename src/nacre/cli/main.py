"""The programs: ``nacre COMMAND`` and those that are commands by themselves, such as ``clamscan``.

Only the module of the command that is asked for is imported; a command imports what it works with
when it runs. So `--version` and a wrong option answer at once.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import nacre as package
from nacre.cli import commands
from nacre.model.errors import NacreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell says of a program that SIGPIPE ended."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(ERROR, f"{self.prog}: {message} (see {self.prog} --help)\n")


def nacre(argv: Sequence[str] | None = None) -> int:
    """The program ``nacre``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("nacre", lambda: _dispatch(arguments))


def clamscan(argv: Sequence[str] | None = None) -> int:
    """The program ``clamscan``; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return _guarded("clamscan", lambda: _run_program("clamscan", arguments))


def _dispatch(arguments: list[str]) -> int:
    if arguments[:1] == ["--version"]:
        sys.stdout.write(f"nacre {package.__version__}\n")
        return 0
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    wanted = [arguments[0]] if arguments and arguments[0] in names else names
    if wanted == arguments[:1] and not hasattr(_module(wanted[0]), "add_arguments"):
        return _run_program(wanted[0], arguments[1:])
    parser = Parser(prog="nacre", description=package.__doc__.partition("\n")[0])
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in wanted:
        module = _module(name)
        if hasattr(module, "add_arguments"):
            about = (module.__doc__ or "").partition("\n")[0].rstrip(".")
            subparser = subparsers.add_parser(name, help=about, description=module.__doc__)
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    return run(parsed)


def _module(name: str) -> ModuleType:
    return import_module(f"{commands.__name__}.{name}")


def _run_program(name: str, arguments: list[str]) -> int:
    run: Callable[[list[str]], int] = _module(name).run
    return run(arguments)


def _guarded(program: str, run: Callable[[], int]) -> int:
    """Run a command; what ends it early becomes one line and an exit code."""
    try:
        code = run()
        sys.stdout.flush()
    except NacreError as error:
        sys.stderr.write(f"{program}: {error}\n")
        return ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


if __name__ == "__main__":
    sys.exit(nacre())
