"""clamscan: ClamAV's command-line scanner, option for option.

A program of its own: `run` takes the words after the program's name.
"""

from __future__ import annotations

import sys

from nacre.config.path import config_file, database_directory, present
from nacre.output.version import version_line


def run(argv: list[str]) -> int:
    """Run clamscan with these arguments; returns its exit code."""
    if argv in (["-V"], ["--version"]) and not present(config_file("nacre.conf")):
        # What monitoring asks every minute: answered before anything is imported.
        sys.stdout.write(version_line((str(database_directory()),)) + "\n")
        return 0
    from nacre.cli.clamscan import main  # noqa: PLC0415 - see above

    return main(argv)
