from __future__ import annotations

from dataclasses import fields

from nacre.heuristics import walk
from nacre.heuristics.registry import checks_for
from nacre.model.filetype import FileType
from nacre.model.options import ScanOptions


def test_the_index_is_current() -> None:
    assert walk.INDEX.read_text() == walk.index()


def test_every_check_has_an_option_and_alerts() -> None:
    options = {field.name for field in fields(ScanOptions)}
    for check in walk.walk():
        assert check.__doc__
        assert check.OPTION in options
        assert check.TYPES
        assert all(name.startswith("Heuristics.") for name in check.ALERTS)


def test_only_what_is_switched_on_is_asked() -> None:
    assert checks_for(FileType.TEXT_ASCII, ScanOptions()) == ()
    asked = ScanOptions(structured_data_detection=True)
    assert [type(check).__name__ for check in checks_for(FileType.TEXT_ASCII, asked)] == [
        "StructuredCheck"
    ]
    assert checks_for(FileType.PDF, asked) == ()
