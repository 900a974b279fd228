"""Where things are: Debian's folders, or a user's own where they exist and nobody is root.

Plain strings and `os`: `clamscan -V` comes by here and has no time for more.
"""

from __future__ import annotations

import os

SYSTEM_DATABASE = "/var/lib/clamav"
SYSTEM_CONFIG = "/etc/clamav"


def database_directory() -> str:
    """The default folder of signature databases."""
    return _own("XDG_DATA_HOME", "/.local/share", "/nacre/databases") or SYSTEM_DATABASE


def config_file(name: str) -> str:
    """The default path of a configuration file such as ``clamd.conf``."""
    return _own("XDG_CONFIG_HOME", "/.config", f"/nacre/{name}") or f"{SYSTEM_CONFIG}/{name}"


def _own(variable: str, fallback: str, name: str) -> str | None:
    if os.geteuid() == 0:
        return None
    base = os.environ.get(variable, "")
    folder = base if base.startswith("/") else os.environ.get("HOME", "") + fallback
    own = folder + name
    return own if os.access(own, os.F_OK) else None
