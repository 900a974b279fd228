"""Which files a scan visits: the same answer for every command.

`visit` walks one argument and yields what it meets: `Target` for a file to scan, and a value for
everything that is not scanned, with the reason. Paths are bytes, as the kernel has them.
"""

from __future__ import annotations

from nacre.walk.event import (
    Directory,
    Event,
    Excluded,
    Gone,
    Reason,
    SymbolicLink,
    Target,
    Unreadable,
    Unsupported,
)
from nacre.walk.plan import Follow, Plan
from nacre.walk.visit import visit

__all__ = [
    "Directory",
    "Event",
    "Excluded",
    "Follow",
    "Gone",
    "Plan",
    "Reason",
    "SymbolicLink",
    "Target",
    "Unreadable",
    "Unsupported",
    "visit",
]
