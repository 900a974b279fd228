"""POSIX extended regular expressions of a command line, with an error for the user."""

from __future__ import annotations

from nacre.matching import Ere
from nacre.model.errors import ConfigError


def compile_expression(pattern: bytes) -> Ere:
    """The expression that `pattern` writes; raises ConfigError."""
    try:
        return Ere(pattern)
    except ValueError as error:
        shown = pattern.decode("utf-8", "backslashreplace")
        raise ConfigError(f"regular expression '{shown}': {error}") from None
