"""The public face of the engine."""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from nacre.engine.cache import CleanCache
from nacre.engine.links import judge_of
from nacre.engine.passwords import passwords_of
from nacre.engine.scan import Scan
from nacre.engine.setup import Setup
from nacre.engine.trust import Trust
from nacre.filetype import Detector
from nacre.formats.registry import option_of
from nacre.matching import Selection
from nacre.model.errors import ScanError
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap, Spool
from nacre.model.layer import Layer
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions
from nacre.model.switches import Switch

if TYPE_CHECKING:
    from nacre.database import Database
    from nacre.engine.rules import RuleMatcher
    from nacre.engine.watch import Watch
    from nacre.model.verdict import Report

_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_CHUNK = 1 << 20
_TEMPORARY = "/tmp"  # noqa: S108 - files made there have no name
_SPOOL_MEMORY = 16 << 20

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class Scanner:
    """Scans files, bytes and streams with one database under fixed options and limits.

    A scanner is immutable but for its clean cache; any number of threads may use one at the same
    time, and matching and decoding release the interpreter lock. For full use of several cores, use
    processes: the database is a shared mapping, so a forked scanner costs no memory.

    Example:
        >>> from nacre import Database, Scanner
        >>> scanner = Scanner(Database.open("/var/lib/clamav"))
        >>> report = scanner.scan_path("/tmp/upload.zip")
        >>> [alert.name for alert in report.alerts], report.incomplete
    """

    def __init__(
        self,
        database: Database,
        options: ScanOptions | None = None,
        limits: Limits | None = None,
        rules: RuleMatcher | None = None,
        *,
        shared_cache: bool = False,
    ) -> None:
        """A scanner over `database`.

        Args:
            database: the signatures.
            options: what is looked at and alerted on.
            limits: what a scan may cost.
            rules: what is matched besides the database, such as `nacre.YaraRules`.
            shared_cache: processes forked from this one remember together what is clean.
        """
        self.options = options or ScanOptions()
        self.limits = limits or Limits()
        switches = database.switches(official_only=self.options.official_only)
        selection = Selection(self.options, self.limits, regexes=switches.has(Switch.PCRE))
        self._setup = Setup(
            image=database.image,
            selection=selection,
            search=partial(database.image.type_hits, selection=selection),
            detector=Detector(database.image.magics()),
            opened=frozenset(
                file_type
                for file_type in FileType
                if (option := option_of(file_type)) is not None
                and all(getattr(self.options, name) for name in option.split())
                and switches.opens(file_type)
            ),
            switches=switches,
            options=self.options,
            limits=self.limits,
            directory=temporary_directory(self.options.temporary_directory),
            imports=_holds(database, ".imp"),
            trust=Trust(database.image, self.options, switches),
            passwords=passwords_of(
                database.image, switches, official_only=self.options.official_only
            ),
            match_first=_holds(database, ".sdb"),
            rules=rules,
            judge=judge_of(database.image, self.options, switches),
        )
        remembered = 0 if self.options.gen_json else self.options.cache_size
        self._cache = (CleanCache.shared if shared_cache else CleanCache)(remembered)

    def scan(self, data: Fmap, name: str | bytes = "", *watches: Watch) -> Report:
        """Scan bytes that are already an `Fmap`; `name` is only a label, `watches` are told."""
        return Scan(self._setup, self._cache, watches).run(Layer(data, name=os.fsencode(name)))

    def scan_bytes(self, data: bytes | memoryview, name: str | bytes = "") -> Report:
        """Scan bytes in memory.

        Example:
            >>> scanner.scan_bytes(b"harmless").verdict
            <Verdict.NOTHING_FOUND: 'nothing found'>
        """
        return self.scan(Fmap.from_bytes(bytes(data)), name)

    def scan_fd(self, fd: int, name: str | bytes = "", *watches: Watch) -> Report:
        """Scan the regular file behind a descriptor, which stays open and where it is.

        Raises:
            ScanError: it is not a regular file, or cannot be read.
        """
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise ScanError(os.fsdecode(name), "not a regular file")
            data = Fmap.from_fd(fd, status.st_size)
        except OSError as error:
            raise ScanError(os.fsdecode(name), error.strerror or str(error)) from error
        return self.scan(data, name, *watches)

    def scan_path(self, path: Path) -> Report:
        """Scan a file.

        Raises:
            ScanError: it cannot be opened or read, or is not a regular file.
        """
        try:
            # Not blocking: a FIFO with no writer would never open.
            fd = os.open(path, _OPEN)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise ScanError(os.fsdecode(path), reason or str(error)) from error
        try:
            return self.scan_fd(fd, os.fspath(path))
        finally:
            os.close(fd)

    def scan_stream(self, file: BinaryIO, name: str | bytes = "", *watches: Watch) -> Report:
        """Scan all that can be read from a binary file object, such as a pipe or an upload.

        What does not fit in memory goes to an unnamed temporary file; reading stops beyond
        MaxFileSize.

        Raises:
            ScanError: reading or keeping it failed.
        """
        limit = self.limits.max_file_size
        spool = Spool(self._setup.directory, _SPOOL_MEMORY)
        try:
            while (not limit or len(spool) <= limit) and (chunk := file.read(_CHUNK)):
                spool.write(chunk)
            data = spool.finish()
        except OSError as error:
            raise ScanError(os.fsdecode(name), error.strerror or str(error)) from error
        return self.scan(data, name, *watches)


def temporary_directory(wanted: str | None) -> str:
    """Where temporary files go: where the user wants, or where the system does."""
    return wanted or os.environ.get("TMPDIR") or _TEMPORARY


def _holds(database: Database, suffix: str) -> bool:
    return any(file.name.lower().endswith(suffix) for file in database.record.files)
