"""The walk over this package, and `index` made from it: `python -m nacre.heuristics.walk`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nacre.heuristics import checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nacre.heuristics.check import Check

INDEX = Path(__file__).with_name("index.py")
_HEAD = '''"""Which check looks at which file type, made by `python -m nacre.heuristics.walk`."""

from __future__ import annotations

INDEX: dict[str, tuple[str, str]] = {
'''


def walk() -> Iterator[type[Check]]:
    """Every check, in the order of its module's name. A broken module raises."""
    for module in sorted(info.name for info in pkgutil.iter_modules(checks.__path__)):
        loaded = importlib.import_module(f"{checks.__name__}.{module}")
        for _, found in inspect.getmembers(loaded, inspect.isclass):
            if found.__module__ == loaded.__name__ and hasattr(found, "ALERTS"):
                yield cast("type[Check]", found)


def index() -> str:
    """The text of `index`: by module and class, option and types."""
    rows = []
    for check in walk():
        place = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
        types = " ".join(sorted(file_type.name for file_type in check.TYPES))
        rows.append(f'    "{place}": ("{check.OPTION}", "{types}"),\n')
    return _HEAD + "".join(rows) + "}\n"


if __name__ == "__main__":
    INDEX.write_text(index())
