"""Import all that a scan may need: confined processes cannot open a file, not even a module.

What scans import late, to start sooner, and what Python itself looks for when a text is decoded.
"""

from __future__ import annotations

import codecs
import encodings
import pkgutil
from importlib import import_module

from nacre.formats.registry import load_all

_ROOMS = (
    "model", "matching", "codecs", "executables", "filetype", "parsers", "formats", "signatures",
    "heuristics", "trust", "cvd", "engine",
)  # fmt: skip
_LATE = ("logging", "tempfile", "zlib", "json", "datetime", "unicodedata", "html", "stringprep")
_NOT_CODECS = frozenset({"aliases", "mbcs", "oem"})
"""A table, and what another system has."""


def preload() -> None:
    """Import every module of the scanning half, what it may ask for, and all text encodings."""
    load_all()
    for name in _LATE:
        import_module(name)
    for room in _ROOMS:
        package = import_module(f"nacre.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(".__main__"):
                import_module(module.name)
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in _NOT_CODECS:
            codecs.lookup(module.name)
