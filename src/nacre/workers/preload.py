"""Imports all that a scan may need, for a process whose children can open no file.

Handlers, checks and much else are imported when a layer needs them; so are the standard library's
text encodings. A confined process (`sandbox`) could not, and would leave the layer out.
"""

from __future__ import annotations

import encodings
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

import nacre

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOMS = (
    "model", "matching", "codecs", "executables", "filetype", "parsers", "formats", "signatures",
    "heuristics", "trust", "cvd", "database", "engine",
)  # fmt: skip
"""The engine and all that it imports."""
_STANDARD = ("_strptime", "linecache", "logging", "stringprep", "traceback", "xml.parsers.expat")
"""What the standard library and we import inside functions."""
_ELSEWHERE = frozenset({"cp65001", "mbcs", "oem"})
"""Encodings of Windows."""


def preload() -> None:
    """Import it; a tenth of a second, and a few megabytes that forked processes share."""
    for name in (*_STANDARD, *_encodings(), *_modules()):
        import_module(name)


def _encodings() -> Iterator[str]:
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in _ELSEWHERE:
            yield f"encodings.{module.name}"


def _modules() -> Iterator[str]:
    for room in _ROOMS:
        name = f"nacre.{room}"
        yield name
        for place in nacre.__path__:
            for module in pkgutil.walk_packages([f"{place}/{room}"], f"{name}."):
                yield module.name
