"""The public Python interface, in one place; `nacre` itself gives the same names."""

from __future__ import annotations

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.errors import DatabaseError, NacreError, ScanError
from nacre.model.filetype import FileType
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions
from nacre.model.verdict import Alert, Incident, Report, Strength, Verdict
from nacre.workers.yara import YaraRules

__all__ = [
    "Alert",
    "Database",
    "DatabaseError",
    "FileType",
    "Incident",
    "Limits",
    "NacreError",
    "Report",
    "ScanError",
    "ScanOptions",
    "Scanner",
    "Strength",
    "Verdict",
    "YaraRules",
]
