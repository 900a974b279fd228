"""Which handler opens which file type, without importing any before it is needed.

A hundred formats must not cost a scan of one file its start-up, so the modules are named in
`index`, which is made from a walk over this package (`python -m nacre.formats.walk`) and which a
test compares with it. `walk` says what a handler is.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from nacre.formats.index import INDEX

if TYPE_CHECKING:
    from nacre.formats.base import Handler
    from nacre.model.filetype import FileType


def handler_for(file_type: FileType) -> Handler | None:
    """The handler that opens layers of `file_type`, or None."""
    entry = INDEX.get(file_type.name)
    return None if entry is None else _handler(entry[0])


def option_of(file_type: FileType) -> str | None:
    """The fields of ScanOptions that switch the handler of `file_type`, empty if none does.

    None without a handler.
    """
    entry = INDEX.get(file_type.name)
    return None if entry is None else entry[1]


def load_all() -> None:
    """Import every handler: for a process whose children shall share what it imported."""
    for place, _ in INDEX.values():
        _handler(place)


@cache
def _handler(place: str) -> Handler:
    """The one instance of the class at `place`: module and class name, below this package."""
    module, _, name = place.rpartition(".")
    return cast("Handler", getattr(import_module(f"nacre.formats.{module}"), name)())
