"""VirusEvent: a program and its arguments, never a line for a shell.

What alerts, and where, is the attacker's to choose, so both are told in the environment only.
"""

from __future__ import annotations

import shlex

from nacre.model.errors import ConfigError

_HINT = "write a script, which finds CLAM_VIRUSEVENT_FILENAME and CLAM_VIRUSEVENT_VIRUSNAME set"
_SHELL = frozenset("|&;<>()$`*?[]{}~\n\\#!=%")
"""Letters that mean something to a shell, or to ClamAV."""


def event_of(text: str) -> tuple[str, ...]:
    """The words of a command; raises ConfigError when a shell would be needed."""
    used = next((letter for letter in text if letter in _SHELL), None)
    if used is not None:
        raise ConfigError(f"VirusEvent: {used!r} needs a shell, and there is none: {_HINT}")
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigError(f"VirusEvent: {error}: {_HINT}") from None
    if not words or not words[0].startswith("/"):
        raise ConfigError("VirusEvent: the program must be given with its full path")
    return words
