"""nacre's own magics, used when no database brings an ``.ftm``."""

from __future__ import annotations

from pathlib import Path


def builtin_ftm() -> bytes:
    """The lines of the built-in ``.ftm``, to be compiled like a database's."""
    return Path(__file__).with_name("builtin.ftm").read_bytes()
