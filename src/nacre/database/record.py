"""What was compiled: kept inside the image, as JSON, and shown by ``nacre db info``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from nacre.model.errors import DatabaseError

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that could not be used; line 0 is the file as a whole."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One signature file, loose or a member of a container."""

    name: str
    type: str
    """Its signature type, as `nacre.signatures` names it."""
    status: str
    """Whether its signatures are used, stored or not used."""
    signatures: int = 0
    """Entries in the image, or found in a file that is not used."""
    skipped: int = 0
    """Entries left out without a word: other engines', ignored ones."""
    malformed_count: int = 0
    malformed: tuple[Malformed, ...] = ()
    """The first of them."""
    counted: bool = True
    """Whether its entries count as signatures."""
    pua: bool = False
    forgiving: bool = False
    """Whether malformed entries are left out even where they are errors."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One file of the database."""

    path: str
    size: int
    official: bool
    files: tuple[FileRecord, ...]
    version: int | None = None
    build_time: str | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one compiled image."""

    key: str
    """Identifies the sources as they were."""
    sources: tuple[SourceRecord, ...]

    @property
    def files(self) -> tuple[FileRecord, ...]:
        """All signature files, in load order."""
        return tuple(file for source in self.sources for file in source.files)

    @property
    def signatures(self) -> int:
        """Signatures in the image that are used or stored."""
        return self.count()

    def count(self, *, pua: bool = True, official_only: bool = False) -> int:
        """Signatures as above, without those of files that options leave out."""
        return sum(
            file.signatures
            for source in self.sources
            if source.official or not official_only
            for file in source.files
            if file.counted and in_image(file) and (pua or not file.pua)
        )

    def to_json(self) -> bytes:
        """The record as it is stored."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}).encode("ascii")

    @classmethod
    def from_json(cls, raw: bytes) -> Record:
        """The record in `raw`.

        Raises:
            DatabaseError: it is not one.
        """
        try:
            data: dict[str, Any] = json.loads(raw)
            if data["schema"] != SCHEMA:
                raise DatabaseError(f"record of schema {data['schema']}")
            return cls(data["key"], tuple(_source(source) for source in data["sources"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DatabaseError("damaged record in a signature image") from error


def in_image(file: FileRecord) -> bool:
    """Whether the signatures of `file` are in the image."""
    return file.status != "not used"


def _source(data: dict[str, Any]) -> SourceRecord:
    files = tuple(_file(file) for file in data.pop("files"))
    return SourceRecord(files=files, **data)


def _file(data: dict[str, Any]) -> FileRecord:
    malformed = tuple(Malformed(**line) for line in data.pop("malformed"))
    return FileRecord(malformed=malformed, **data)
