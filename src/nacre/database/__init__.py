"""A list of database files and folders becomes one immutable `Database`.

`sources` says what is loaded and in which order, `compiler` turns that into a signature image,
`cache` keeps images and finds the one that is current.
"""

from __future__ import annotations

from nacre.database.database import Database, verify
from nacre.database.record import FileRecord, Malformed, Record, SourceRecord
from nacre.database.sources import LoadError, official_files

__all__ = [
    "Database",
    "FileRecord",
    "LoadError",
    "Malformed",
    "Record",
    "SourceRecord",
    "official_files",
    "verify",
]
