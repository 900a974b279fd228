"""Show a signature readably: where it stands, what it looks for.

All signatures of the name are shown; names count with and without .UNOFFICIAL.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config.path import database_directory
from nacre.database import sources
from nacre.database.find import find
from nacre.output.escape import printable
from nacre.output.signature import shown

if TYPE_CHECKING:
    import argparse

OK = 0
UNKNOWN = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The name, and where to look for it."""
    parser.add_argument("name", metavar="NAME", help="name of the signature, as it is reported")
    parser.add_argument(
        "path",
        nargs="*",
        type=Path,
        help=f"signature file or folder (default: {database_directory()} and what is built in)",
    )
    parser.add_argument(
        "-d", "--database", action="append", type=Path, metavar="PATH", help="the same"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show every signature of the name; returns the exit code."""
    name: str = arguments.name
    paths = [*arguments.path, *(arguments.database or [])]
    paths = paths or [database_directory(), sources.BUILTIN]
    count = 0
    for found in find(paths, name):
        if count:
            sys.stdout.write("\n")
        sys.stdout.writelines(f"{line}\n" for line in shown(found))
        count += 1
    if not count:
        where = ", ".join(printable(str(path)) for path in paths)
        sys.stderr.write(f"nacre: no signature {printable(name)} in {where}\n")
    return OK if count else UNKNOWN
