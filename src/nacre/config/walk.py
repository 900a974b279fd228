"""Which files a scan of a path visits, by clamd.conf: for the daemon, and for its clients."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nacre.walk import Follow, Plan
from nacre.walk.pattern import make_filter

if TYPE_CHECKING:
    from nacre.config.settings import Settings


def walk_of(settings: Settings) -> Plan:
    """The plan; raises ConfigError for a pattern that is none."""
    patterns = settings.texts("exclude_path")
    for number, pattern in enumerate(patterns):
        for error in make_filter((pattern,), ())[1]:
            raise settings.wrong("exclude_path", f"ExcludePath: {error}", number)
    excluding, _ = make_filter(patterns, ())
    return Plan(
        recursive=True,
        max_depth=settings.number("max_directory_recursion") or os.sysconf("SC_OPEN_MAX"),
        follow_directories=_follow(settings.flag("follow_directory_symlinks")),
        follow_files=_follow(settings.flag("follow_regular_symlinks")),
        cross_filesystems=settings.flag("cross_filesystems"),
        skip_virtual=True,
        files=excluding,
        directories=excluding,
    )


def _follow(always: bool) -> Follow:  # noqa: FBT001 - what a switch means
    return Follow.ALWAYS if always else Follow.NEVER
