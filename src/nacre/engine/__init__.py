"""One scan: a loop over a stack of layers, evidence to verdict, the clean cache.

`Scanner` is the public interface. Knows no files beyond opening what it is asked to scan, no
processes and no words for users. `scan` holds the loop, `stages` what is done with one layer,
`evidence` the policy.
"""

from __future__ import annotations

from nacre.engine.scanner import Scanner, temporary_directory

__all__ = ["Scanner", "temporary_directory"]
