"""Who is believed: ClamAV's keys, the certificates in a folder of one's own, a mirror's key."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config.own import own_settings
from nacre.cvd.signature import OFFICIAL, Keys
from nacre.feed.listing import parse_key
from nacre.model.errors import ConfigError
from nacre.trust.detached import Trusted

if TYPE_CHECKING:
    from nacre.config.settings import Settings
    from nacre.cvd.signature import Key

_MAX_KEY = 4096


def trusted_keys(settings: Settings, keys: Keys = OFFICIAL) -> Keys:
    """`keys` with the certificates that `settings` name, if they do.

    Raises:
        ConfigError: the folder cannot be read or does not hold certificates.
    """
    folder = certificates_directory(settings)
    return keys if folder is None else replace(keys, authorities=Trusted.load(folder))


def certificates_directory(settings: Settings) -> Path | None:
    """The folder that CVDCertsDirectory names, or the environment as for ClamAV's programs."""
    text = settings.text("certificates_directory") or os.environ.get("CVD_CERTS_DIR")
    return Path(text) if text else None


def mirror_key() -> Key | None:
    """What nacre.conf says listings of mirrors must be signed with; None for nothing.

    Raises:
        ConfigError: nacre.conf makes no sense, or there is no key.
    """
    own = own_settings()
    name = None if own is None else own.text("mirror_key")
    if own is None or name is None:
        return None
    try:
        with Path(name).open("rb") as file:
            return parse_key(file.read(_MAX_KEY).decode("ascii", "replace"))
    except (ConfigError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise own.wrong("mirror_key", f"MirrorKey {name}: {reason}") from None
