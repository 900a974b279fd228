"""nacre: an antivirus toolkit that takes ClamAV's place.

Example:
    >>> import nacre
    >>> scanner = nacre.Scanner(nacre.Database.open("/var/lib/clamav"))
    >>> report = scanner.scan_path("invoice.zip")
    >>> for alert in report.alerts:
    ...     print(alert.name, "in", " > ".join(alert.member))
    >>> if report.incomplete:
    ...     print("not fully scanned:", [incident.reason for incident in report.incidents])

The names below are the public interface; everything else may change. They are imported on first
use, so that a program that only asks for the version starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nacre.api import (
        Alert,
        Database,
        DatabaseError,
        FileType,
        Incident,
        Limits,
        NacreError,
        Report,
        ScanError,
        Scanner,
        ScanOptions,
        Strength,
        Verdict,
        YaraRules,
    )

__version__ = "0.1.0"

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
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'nacre' has no attribute {name!r}")
    value: object = getattr(import_module("nacre.api"), name)
    globals()[name] = value
    return value
