"""Settings to what the engine takes. The only place where the two meet.

A setting whose key is a field of `Limits` or `ScanOptions` is that field.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nacre.model.errors import ConfigError
from nacre.model.limits import Limits
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nacre.config.settings import Settings

_WITH_HYPHENS = frozenset({0, 2})
_WITHOUT_HYPHENS = frozenset({1, 2})
"""Values of `--structured-ssn-format`."""


def limits_of(settings: Settings) -> Limits:
    """The limits that `settings` ask for; MaxRecursion 0 is refused and means the default."""
    limits = Limits.bounded(_common(settings, Limits))
    return limits if limits.max_recursion else replace(limits, max_recursion=Limits().max_recursion)


def options_of(settings: Settings) -> ScanOptions:
    """The scan options that `settings` ask for.

    Metadata is about every object, also those that are known to be clean.
    """
    options = ScanOptions(**_common(settings, ScanOptions))
    if settings.flag("alert_encrypted"):
        options = replace(options, alert_encrypted_archive=True, alert_encrypted_doc=True)
    written = settings.values.get("structured_ssn_format")
    if written is not None:
        options = replace(
            options,
            structured_ssn_normal=written in _WITH_HYPHENS,
            structured_ssn_stripped=written in _WITHOUT_HYPHENS,
        )
    # What is known to be clean is not opened again: there is nothing to tell of it or to leave.
    if any(map(settings.flag, ("disable_cache", "gen_json", "leave_temporary_files"))):
        options = replace(options, cache_size=0)
    return options


def yara_rules(settings: Settings) -> tuple[str, ...]:
    """Where the rules of nacre.conf are. Raises ConfigError for a path that is not there."""
    paths = settings.texts("yara_rules")
    for number, path in enumerate(paths):
        if not Path(path).exists():
            reason = f"YaraRules: No such file or directory: {path}"
            raise settings.wrong("yara_rules", reason, number)
    return paths


def temporary_directory(settings: Settings) -> str:
    """Where files may be made. Raises ConfigError."""
    path = settings.text("temporary_directory")
    if path is not None and not Path(path).is_dir():
        reason = (
            f"Current configuration of TemporaryDirectory: {path} does not exist, or is not valid"
        )
        raise settings.wrong("temporary_directory", reason)
    return path or "/tmp"  # noqa: S108 - files made there have no name


def database_directory(settings: Settings) -> None:
    """Raises ConfigError for a folder that is not there."""
    path = settings.text("database_directory")
    if path is not None and not Path(path).exists():
        raise settings.wrong("database_directory", f"No such file or directory: {path}")


def problems(settings: Settings) -> Iterator[ConfigError]:
    """What makes no sense of what clamd.conf and nacre.conf may both say, and of nacre's own."""
    meanings: list[Callable[[Settings], object]] = [temporary_directory, database_directory]
    if "yara_rules" in settings.values:
        meanings.append(yara_rules)
    for meaning in meanings:
        try:
            meaning(settings)
        except ConfigError as error:
            yield error


def _common(settings: Settings, target: type[Limits | ScanOptions]) -> dict[str, Any]:
    """Settings by the field of that name; None means unset and keeps the default."""
    names = (field.name for field in fields(target))
    found = ((name, settings.values.get(name)) for name in names if name in settings.values)
    return {name: value for name, value in found if value is not None}
