"""Where clamscan meets the database and the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.database import Database
from nacre.engine import Scanner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nacre.cli.session import Scanning
    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions


def open_scanner(
    paths: Sequence[Path], options: ScanOptions, limits: Limits
) -> tuple[Scanning, int]:
    """A scanner over the databases at `paths`, and how many signatures it has.

    As ClamAV does, it stops at a malformed line. Raises DatabaseError.
    """
    database = Database.open(paths, strict=True)
    return Scanner(database, options, limits), database.signatures
