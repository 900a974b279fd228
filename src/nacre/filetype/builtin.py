"""nacre's own magics, used when no database brings an ``.ftm``."""

from __future__ import annotations

from importlib import resources


def builtin_ftm() -> bytes:
    """The lines of the built-in ``.ftm``, to be compiled like a database's."""
    return resources.files("nacre.filetype").joinpath("builtin.ftm").read_bytes()
