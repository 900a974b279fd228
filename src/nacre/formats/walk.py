"""The walk that finds all handlers, and makes `index` of them.

A module of a family registers by being there: every class in it that has `TYPES` and `extract` is a
handler. Two handlers for one type are refused, a module that cannot be imported raises.

``python -m nacre.formats.walk`` writes the index anew.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from nacre import formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nacre.formats.base import Handler
    from nacre.model.filetype import FileType

INDEX = Path(__file__).with_name("index.py")

_HEAD = '''"""Which class opens a file type, and the option it needs.

Made by ``python -m nacre.formats.walk``.
"""

from __future__ import annotations

INDEX: dict[str, tuple[str, str]] = {
'''


def walk() -> Mapping[FileType, Handler]:
    """Import every module of every family; each file type with the handler that opens it.

    Raises:
        TypeError: two handlers claim one type.
    """
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


def index_text(handlers: Mapping[FileType, Handler]) -> str:
    """What `index.py` has to say."""
    lines = (
        f'    "{file_type.name}": ("{_place(handler)}", "{handler.OPTION}"),\n'
        for file_type, handler in sorted(handlers.items(), key=lambda item: item[0].name)
    )
    return _HEAD + "".join(lines) + "}\n"


def _place(handler: Handler) -> str:
    kind = type(handler)
    return f"{kind.__module__.removeprefix(formats.__name__ + '.')}.{kind.__name__}"


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


if __name__ == "__main__":
    INDEX.write_text(index_text(walk()), "utf-8")
