"""Where clamscan meets the database and the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.database import Database, official_files
from nacre.engine import Scanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.cli.session import Scanning
    from nacre.engine.rules import RuleMatcher
    from nacre.model.errors import DatabaseError
    from nacre.model.limits import Limits
    from nacre.model.options import ScanOptions


@dataclass(frozen=True, slots=True)
class Opened:
    """A scanner over the databases of a run, and what there is to say about them."""

    scanner: Scanning
    signatures: int
    warnings: tuple[str, ...]
    folders: frozenset[tuple[int, int]]
    """Where signature images are, which must not be scanned: device and inode."""


def open_scanner(
    paths: Sequence[str],
    options: ScanOptions,
    limits: Limits,
    rules: RuleMatcher | None = None,
) -> Opened:
    """Open the databases at `paths`; as ClamAV, stop at a malformed line. Raises DatabaseError."""
    if options.official_only:
        paths, options = _official(paths, options)
    database = Database.open(
        [Path(path) for path in paths],
        strict=True,
        pua=options.detect_pua,
        certificates=not options.disable_cert_check,
    )
    scanner = Scanner(database, options, limits, rules)
    signatures = database.record.count(pua=options.detect_pua, official_only=options.official_only)
    return Opened(scanner, signatures, database.warnings, database.folders)


def _official(paths: Sequence[str], options: ScanOptions) -> tuple[Sequence[str], ScanOptions]:
    """Of folders what is official; a file that is named by itself is wanted, whoever made it."""
    folders = {path: official_files(Path(path)) for path in paths if Path(path).is_dir()}
    if len(folders) == len(paths):
        return paths, options  # the image of the folder serves with and without
    files = [str(file) for path in paths for file in folders.get(path, (path,))]
    return files, replace(options, official_only=False)


def explain(error: DatabaseError) -> tuple[str, str]:
    """What ClamAV's library says of `error`, and what its programs say: that with the reason."""
    outcome = getattr(error, "outcome", "")
    return getattr(error, "detail", str(error)), f"{outcome}: {error}" if outcome else str(error)
