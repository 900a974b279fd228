"""The checks that a scan asks, imported when the first layer of their type comes."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from nacre.heuristics.index import INDEX

if TYPE_CHECKING:
    from nacre.heuristics.check import Check
    from nacre.model.filetype import FileType
    from nacre.model.options import ScanOptions


def checks_for(file_type: FileType, options: ScanOptions) -> tuple[Check, ...]:
    """The checks of layers of `file_type` that the options switch on."""
    return tuple(
        _check(place)
        for place, (option, types) in INDEX.items()
        if getattr(options, option) and file_type.name in types.split()
    )


@cache
def _check(place: str) -> Check:
    module, _, name = place.rpartition(".")
    return cast("Check", getattr(import_module(f"nacre.heuristics.checks.{module}"), name)())
