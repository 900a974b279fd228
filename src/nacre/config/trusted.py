"""Whose databases are believed: ClamAV's keys, and the certificates in a folder of one's own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.cvd.signature import OFFICIAL, Keys
from nacre.trust.detached import Trusted

if TYPE_CHECKING:
    from nacre.config.settings import Settings


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
