"""What `nacre check` looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.transport.clamd import Address


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be probed, and how patiently."""

    address: Address | None
    """Of clamd; None for a host without."""
    database: Path | None
    """The folder of databases; None on another host, whose clamd then tells of them."""
    warning_days: float
    critical_days: float
    seconds: float
    """That each answer may take."""
    record: str | None = None
    """Name of a version record in the DNS to compare with, and after an `@` whom to ask, an address
    with or without a port."""
    mirror: str | None = None
    """Address of a nacre mirror to look at."""
    versions: tuple[float, float] = (3.0, 14.0)
    """Versions behind that are a warning, and critical."""
    report: Path | None = None
    """Of the last `nacre scan --format jsonl`."""
