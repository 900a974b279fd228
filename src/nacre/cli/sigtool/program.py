"""sigtool: signatures and databases, made, read and tried.

What is asked for is done by a function that is found by its option; it gets all settings and the
operands, and returns the exit code.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config.command_line import UsageError, parse
from nacre.config.option import Program
from nacre.model.errors import NacreError
from nacre.output.version import ENGINE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nacre.config.command_line import CommandLine
    from nacre.config.settings import Settings

NAME = "sigtool"
OK = 0
FAILED = 1

_ACTIONS = {
    "hex_dump": "hashes:hex_dump",
    "md5": "hashes:digests",
    "sha1": "hashes:digests",
    "sha256": "hashes:digests",
    "mdb": "programs:sections",
    "imp": "programs:imports",
    "fuzzy_img": "hashes:pictures",
    "html_normalise": "views:html",
    "ascii_normalise": "views:text",
    "utf16_decode": "views:utf16",
    "vba": "views:macros",
    "vba_hex": "views:macros",
    "print_certs": "programs:certificates",
    "list_sigs": "signatures:names",
    "find_sigs": "signatures:matching",
    "decode_sigs": "signatures:decode",
    "test_sigs": "trial:test",
    "build": "build:build",
    "sign": "signing:sign",
    "verify": "signing:verify",
    "info": "containers:information",
    "unpack": "containers:unpack",
    "unpack_current": "containers:unpack_current",
    "diff": "changes:diff",
    "compare": "changes:compare",
    "run_cdiff": "changes:run_cdiff",
    "verify_cdiff": "changes:verify_cdiff",
}
"""Module and function of each option; only what is asked for is imported."""


_DATA = frozenset({"hex_dump", "compare"})
"""What --quiet leaves alone, as in ClamAV."""


def main(argv: list[str]) -> int:
    """Run sigtool with these arguments; returns its exit code."""
    try:
        line = parse(Program.SIGTOOL, NAME, argv)
    except UsageError as error:
        _say(*error.lines)
        return FAILED
    _say(*(f"WARNING: {text}" for text in line.warnings))
    settings = line.settings
    if settings.flag("version"):
        sys.stdout.write(f"ClamAV {ENGINE}\n")
        return OK
    wanted = next((key for key in _ACTIONS if _asked(settings, key)), None)
    if settings.flag("help") or wanted is None:
        from nacre.config.about import SIGTOOL  # noqa: PLC0415 - rarely needed
        from nacre.config.manual import help_text  # noqa: PLC0415

        sys.stdout.write(help_text(Program.SIGTOOL, SIGTOOL, ENGINE))
        return OK if settings.flag("help") else FAILED
    return _run(wanted, line)


def _asked(settings: Settings, key: str) -> bool:
    return key in settings.given and settings.values[key] is not False


def _run(wanted: str, line: CommandLine) -> int:
    module, _, name = _ACTIONS[wanted].partition(":")
    action: Callable[[str, Settings, Sequence[str]], int]
    action = getattr(import_module(f"nacre.cli.sigtool.{module}"), name)
    with ExitStack() as streams:
        _redirect(wanted, line.settings, streams)
        return _done(action, wanted, line)


def _redirect(wanted: str, settings: Settings, streams: ExitStack) -> None:
    """Have --stdout and --quiet heeded; what is for other programs is never left out."""
    if settings.flag("stdout"):
        streams.enter_context(redirect_stderr(sys.stdout))
    if settings.flag("quiet") and wanted not in _DATA:
        nowhere = streams.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115 - it is one
        streams.enter_context(redirect_stdout(nowhere))


def _done(
    action: Callable[[str, Settings, Sequence[str]], int], wanted: str, line: CommandLine
) -> int:
    try:
        return action(wanted, line.settings, line.operands)
    except NacreError as error:
        sys.stdout.flush()
        _say(f"ERROR: {error}")
    except OSError as error:
        sys.stdout.flush()
        _say(f"ERROR: {error.filename or NAME}: {error.strerror}")
    return FAILED


def _say(*lines: str) -> None:
    sys.stderr.writelines(f"{line}\n" for line in lines)
