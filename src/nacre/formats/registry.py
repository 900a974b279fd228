"""Which handler opens which file type: a walk over this package, frozen at import.

A module of a family registers by being there: every class in it that has `TYPES` and `extract` is a
handler. Two handlers for one type are refused, a module that cannot be imported raises.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from nacre import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.formats.base import Handler
    from nacre.model.filetype import FileType


def handler_for(file_type: FileType) -> Handler | None:
    """The handler that opens layers of `file_type`, or None."""
    return HANDLERS.get(file_type)


def _walk() -> MappingProxyType[FileType, Handler]:
    found: dict[FileType, Handler] = {}
    for module in _modules():
        for handler in _handlers(module):
            for file_type in handler.TYPES:
                other = found.setdefault(file_type, handler)
                if other is not handler:
                    raise TypeError(
                        f"{file_type.clamav_name} has two handlers: "
                        f"{type(other).__name__} and {type(handler).__name__}"
                    )
    return MappingProxyType(found)


def _modules() -> Iterator[ModuleType]:
    """The modules of all families, sorted by name."""
    for family in sorted(pkgutil.iter_modules(formats.__path__), key=lambda item: item.name):
        if not family.ispkg:
            continue
        package = importlib.import_module(f"{formats.__name__}.{family.name}")
        for item in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
            yield importlib.import_module(f"{package.__name__}.{item.name}")


def _handlers(module: ModuleType) -> Iterator[Handler]:
    for value in vars(module).values():
        own = isinstance(value, type) and value.__module__ == module.__name__
        if own and hasattr(value, "TYPES") and hasattr(value, "extract"):
            yield value()


HANDLERS = _walk()
"""Every file type that is opened, with its handler."""
