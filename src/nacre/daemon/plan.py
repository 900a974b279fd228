"""What clamd.conf asks of the server, in the units it works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.config import path as config_path
from nacre.config.scan import limits_of, options_of, temporary_directory, yara_rules
from nacre.config.walk import walk_of

if TYPE_CHECKING:
    from nacre.config.settings import Settings
    from nacre.walk import Plan
    from nacre.workers.confined import Recipe

GRACE_SECONDS = 5.0
"""How much longer than MaxScanTime a worker may take before it is killed."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How clients are served. Times in seconds, sizes in bytes."""

    walk: Plan
    temporary_directory: str
    stream_max_length: int
    max_threads: int
    max_queue: int
    command_read_timeout: float
    read_timeout: float
    send_timeout: float
    idle_timeout: float
    deadline: float | None
    """Of one scan."""
    self_check: float
    all_match: bool
    detection_info: bool
    shutdown: bool
    reload: bool
    selfcheck: bool
    version: bool
    stats: bool


def serving_of(settings: Settings) -> Serving:
    """The rules that `settings` ask for. Raises ConfigError."""
    scan_seconds = limits_of(settings).max_scan_time / 1000
    return Serving(
        walk=walk_of(settings),
        temporary_directory=temporary_directory(settings),
        stream_max_length=settings.number("stream_max_length"),
        max_threads=max(1, settings.number("max_threads")),
        max_queue=max(1, settings.number("max_queue")),
        command_read_timeout=settings.number("command_read_timeout"),
        read_timeout=settings.number("read_timeout"),
        send_timeout=settings.number("send_buf_timeout") / 1000,
        idle_timeout=settings.number("idle_timeout"),
        deadline=scan_seconds + GRACE_SECONDS if scan_seconds else None,
        self_check=settings.number("self_check"),
        all_match=settings.flag("allow_all_match_scan"),
        detection_info=settings.flag("extended_detection_info"),
        shutdown=settings.flag("enable_shutdown_command"),
        reload=settings.flag("enable_reload_command"),
        selfcheck=settings.flag("enable_selfcheck_command"),
        version=settings.flag("enable_version_command"),
        stats=settings.flag("enable_stats_command"),
    )


def recipe_of(settings: Settings, own: Settings | None = None) -> Recipe:
    """What the workers are made from; `own` is what nacre.conf says."""
    from nacre.workers.confined import Recipe  # noqa: PLC0415 - all that scans is imported with it

    if own is not None:
        settings = settings.over(own)
    directory = settings.text("database_directory") or str(config_path.database_directory())
    options = options_of(settings)
    return Recipe(
        (directory,),
        options,
        limits_of(settings),
        strict=own is not None and own.flag("strict"),
        directory=temporary_directory(settings),
        leave=settings.flag("leave_temporary_files"),
        yara=() if own is None or options.official_only else yara_rules(own),
    )
