from __future__ import annotations

from types import ModuleType
from typing import ClassVar

import pytest

from nacre.formats import registry
from nacre.formats.archive.zip import ZipHandler
from nacre.model.filetype import FileType


def test_handlers_are_found_by_type() -> None:
    assert isinstance(registry.handler_for(FileType.ZIP), ZipHandler)
    assert registry.handler_for(FileType.OOXML_WORD) is registry.handler_for(FileType.ZIP)
    assert registry.handler_for(FileType.TEXT_ASCII) is None


def test_the_table_is_frozen() -> None:
    with pytest.raises(TypeError):
        registry.HANDLERS[FileType.ANY] = ZipHandler()  # type: ignore[index]  # the point


def test_two_handlers_for_one_type_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        TYPES: ClassVar = frozenset({FileType.ZIP})
        OPTION = "scan_archive"

        def extract(self) -> None: ...

    module = ModuleType("other")
    Other.__module__ = "other"
    module.Other = Other  # type: ignore[attr-defined]  # a module is its names
    both = [*registry._modules(), module]
    monkeypatch.setattr(registry, "_modules", lambda: iter(both))
    with pytest.raises(TypeError, match="two handlers"):
        registry._walk()
