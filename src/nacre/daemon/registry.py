"""The commands, found by a walk over their package. One that is broken raises."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, cast

from nacre.daemon import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.daemon.exchange import Command


def _found() -> Iterator[tuple[bytes, Command]]:
    for module in pkgutil.iter_modules(commands.__path__):
        command = cast("Command", import_module(f"{commands.__name__}.{module.name}"))
        yield command.RULES.verb, command


COMMANDS: dict[bytes, Command] = dict(_found())
"""By their verbs."""
WITH_ARGUMENT = tuple(verb for verb, command in COMMANDS.items() if command.RULES.argument)
