"""Where things are: Debian's folders, or a user's own where they exist and nobody is root."""

from __future__ import annotations

import os
from pathlib import Path

SYSTEM_DATABASE = Path("/var/lib/clamav")
SYSTEM_CONFIG = Path("/etc/clamav")


def database_directory() -> Path:
    """The default folder of signature databases."""
    return _own("XDG_DATA_HOME", ".local/share", "nacre/databases") or SYSTEM_DATABASE


def config_file(name: str) -> Path:
    """The default path of a configuration file such as ``clamd.conf``."""
    return _own("XDG_CONFIG_HOME", ".config", f"nacre/{name}") or SYSTEM_CONFIG / name


def present(path: Path) -> bool:
    """Whether `path` exists; what lies in a folder that may not be searched does not."""
    return os.access(path, os.F_OK)


def _own(variable: str, fallback: str, name: str) -> Path | None:
    if os.geteuid() == 0:
        return None
    base = os.environ.get(variable, "")
    folder = Path(base) if base.startswith("/") else Path(os.environ.get("HOME", "/"), fallback)
    own = folder / name
    return own if present(own) else None
