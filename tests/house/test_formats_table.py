"""docs/formats.md lists every format from the handlers' own words.

`python tests/house/test_formats_table.py` writes it anew.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.config.table import OPTIONS
from nacre.formats.walk import walk

if TYPE_CHECKING:
    from nacre.formats.base import Handler

PAGE = Path(__file__).parents[2] / "docs/formats.md"
HEAD = """# Formats that are opened

Made from the handlers by `python tests/house/test_formats_table.py`. A format that ClamAV knows has
its type's name; the others are nacre's own, and to signatures stay the untyped data or text that
ClamAV takes them for.

| format | module | types | switched by |
|---|---|---|---|
"""


def row(handler: Handler) -> str:
    module = sys.modules[type(handler).__module__]
    what = (inspect.getdoc(module) or "").splitlines()[0].rstrip(".")
    place = "/".join(module.__name__.split(".")[-2:])
    types = ", ".join(sorted(file_type.value for file_type in handler.TYPES))
    keys = handler.OPTION.split()
    names = {
        option.key: option.name for option in OPTIONS[::-1] if option.key in keys and option.name
    }
    switches = ", ".join(names[key] for key in keys) or "nothing"
    return f"| {what} | {place} | {types} | {switches} |\n"


def page() -> str:
    handlers = {type(handler).__module__: handler for handler in walk().values()}
    return HEAD + "".join(row(handlers[module]) for module in sorted(handlers))


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page()


if __name__ == "__main__":
    PAGE.write_text(page())
