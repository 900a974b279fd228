"""nacre.conf: what ClamAV has no option for, read by every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacre.config import file as config_file
from nacre.config import path as config_path
from nacre.config.option import Program

if TYPE_CHECKING:
    from nacre.config.settings import Settings


def own_settings() -> Settings | None:
    """What nacre.conf says; None where there is none. Raises ConfigError."""
    path = config_path.config_file("nacre.conf")
    if not config_path.present(path):
        return None
    return config_file.load(Program.NACRE, path).settings
