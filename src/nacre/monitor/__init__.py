"""What is wrong with a host, and how to mend it: small checks, each about one thing."""

from __future__ import annotations

from nacre.monitor.examination import examine
from nacre.monitor.finding import Finding, Level
from nacre.monitor.host import Host

__all__ = ["Finding", "Host", "Level", "examine"]
