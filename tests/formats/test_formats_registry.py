from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import ClassVar

import pytest

from nacre.formats import registry, walk
from nacre.formats.archive.zip import ZipHandler
from nacre.model.filetype import FileType


def test_handlers_are_found_by_type() -> None:
    assert isinstance(registry.handler_for(FileType.ZIP), ZipHandler)
    assert registry.handler_for(FileType.OOXML_WORD) is registry.handler_for(FileType.ZIP)
    assert registry.handler_for(FileType.TEXT_ASCII) is None


def test_the_index_names_what_the_walk_finds() -> None:
    text = walk.index_text(walk.walk())
    assert walk.INDEX.read_text("utf-8") == text, "run python -m nacre.formats.walk"


def test_nothing_is_imported_before_it_is_needed() -> None:
    code = "import sys, nacre.engine; print([n for n in sys.modules if 'formats.archive' in n])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_options_are_known_without_importing() -> None:
    assert registry.option_of(FileType.ZIP) == ZipHandler.OPTION
    assert registry.option_of(FileType.TEXT_ASCII) is None


def test_all_can_be_loaded_at_once() -> None:
    registry.load_all()
    for file_type, handler in walk.walk().items():
        assert type(registry.handler_for(file_type)) is type(handler)


def test_two_handlers_for_one_type_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        TYPES: ClassVar = frozenset({FileType.ZIP})
        OPTION = "scan_archive"

        def extract(self) -> None: ...

    module = ModuleType("other")
    Other.__module__ = "other"
    module.Other = Other  # type: ignore[attr-defined]  # a module is its names
    both = [*walk._modules(), module]
    monkeypatch.setattr(walk, "_modules", lambda: iter(both))
    with pytest.raises(TypeError, match="two handlers"):
        walk.walk()
