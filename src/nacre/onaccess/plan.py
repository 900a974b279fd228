"""What clamd.conf asks of on-access protection."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.model.errors import ConfigError
from nacre.onaccess.policy import Policy
from nacre.onaccess.scope import ROOT, Scope, mounts_of
from nacre.onaccess.watch import Place
from nacre.walk.pattern import make_filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nacre.config.settings import Settings

PATIENCE = 1.9
"""Seconds that an open() waits at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is watched, and how questions are answered."""

    marks: tuple[tuple[Path, Place], ...]
    """What is asked to be marked; a folder stands for its file system."""
    scope: Scope
    policy: Policy
    patience: float
    extra: bool
    """Whether files are scanned as soon as they were written, too."""


def plan_of(
    settings: Settings,
    *,
    strict: bool = False,
    more: Sequence[str] = (),
    less: Sequence[str] = (),
) -> Plan:
    """The plan.

    Args:
        settings: of clamd.conf.
        strict: whether files are asked for each time.
        more: folders beside those of OnAccessIncludePath.
        less: folders to leave out.

    Raises:
        ConfigError: there is nothing to watch, a path is wrong, or a user unknown.
    """
    mounts = [_path(settings, "on_access_mount_path", text) for text in _mounts(settings)]
    folders = [
        _path(settings, "on_access_include_path", text)
        for text in settings.texts("on_access_include_path")
    ]
    folders += [_named(text) for text in more]
    if not mounts and not folders:
        raise ConfigError(
            "On-access scanning needs OnAccessIncludePath or OnAccessMountPath in clamd.conf"
        )
    prevention = settings.flag("on_access_prevention")
    policy = Policy(
        prevention=prevention,
        deny_on_error=settings.flag("on_access_deny_on_error"),
        strict=strict,
        max_size=settings.number("on_access_max_file_size"),
    )
    return Plan(
        marks=tuple([(path, Place.MOUNT) for path in mounts])
        + tuple((path, Place.FILESYSTEM) for path in folders),
        scope=_scope(settings, [*mounts, *folders], less),
        policy=policy,
        patience=min(PATIENCE, settings.number("on_access_curl_timeout") / 1000 or PATIENCE),
        extra=settings.flag("on_access_extra_scanning"),
    )


def _mounts(settings: Settings) -> tuple[str, ...]:
    return settings.texts("on_access_mount_path")


def _scope(settings: Settings, included: Sequence[Path], less: Sequence[str]) -> Scope:
    patterns = settings.texts("on_access_exclude_path")
    for number, pattern in enumerate(patterns):
        for error in make_filter((pattern,), ())[1]:
            raise settings.wrong("on_access_exclude_path", f"OnAccessExcludePath: {error}", number)
    leaving, _ = make_filter(patterns, ())
    users = {int(number) for number in settings.texts("on_access_exclude_uid")}
    for number, name in enumerate(settings.texts("on_access_exclude_uname")):
        try:
            users.add(pwd.getpwnam(name).pw_uid)
        except KeyError:
            reason = f"OnAccessExcludeUname: no user {name}"
            raise settings.wrong("on_access_exclude_uname", reason, number) from None
    if settings.flag("on_access_exclude_root_uid"):
        users.add(ROOT)
    return Scope(
        tuple(os.fsencode(path) for path in included),
        tuple(os.fsencode(_named(text)) for text in less),
        matches=lambda path: leaving.verdict(path)[0],
        users=frozenset(users),
        mounts=mounts_of(included),
    )


def _path(settings: Settings, key: str, text: str) -> Path:
    try:
        return _named(text)
    except ConfigError as error:
        raise settings.wrong(key, str(error)) from None


def _named(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise ConfigError(f"{text}: not an absolute path")
    if not path.is_dir():
        raise ConfigError(f"{text}: not a folder")
    return path.resolve()
