"""What the house asks of every format handler."""

from __future__ import annotations

import importlib
import json
from dataclasses import fields
from pathlib import Path

import pytest

from nacre.formats.walk import walk
from nacre.model.options import ScanOptions

SAMPLES = Path(__file__).parents[2] / "samples"
ONLY_TOLD = {"EncryptedHandler"}
"""What is never opened, so that each case has a problem."""
HANDLER_TYPES = sorted({type(handler) for handler in walk().values()}, key=lambda t: t.__module__)


def broken(expectation: Path) -> bool:
    events = json.loads(expectation.read_text())
    alerts = {event.get("finding", "") for event in events}
    return any(name.startswith("Heuristics.Broken.") for name in alerts) or any(
        "problem" in event or "error" in event for event in events
    )


@pytest.mark.parametrize("handler", HANDLER_TYPES, ids=lambda handler: handler.__name__)
def test_handler_has_samples_whole_and_broken(handler: type) -> None:
    folder = SAMPLES.joinpath(*handler.__module__.split(".")[-2:])
    outcomes = {broken(expectation) for expectation in folder.glob("*.events.json")}
    wanted = {True} if handler.__name__ in ONLY_TOLD else {True, False}
    assert outcomes == wanted, f"{folder} needs a whole and a broken case"
    assert (folder / "MAKE.md").is_file()


@pytest.mark.parametrize("handler", HANDLER_TYPES, ids=lambda handler: handler.__name__)
def test_handler_is_documented(handler: type) -> None:
    module = importlib.import_module(handler.__module__)
    assert module.__doc__
    assert "Layout" in module.__doc__
    assert "Yields" in module.__doc__
    assert handler.__doc__


@pytest.mark.parametrize("handler", HANDLER_TYPES, ids=lambda handler: handler.__name__)
def test_handler_option_exists(handler: type) -> None:
    known = {field.name for field in fields(ScanOptions)}
    assert set(handler.OPTION.split()) <= known  # type: ignore[attr-defined]  # asked of any class here


def test_no_samples_without_a_handler() -> None:
    known = {SAMPLES.joinpath(*handler.__module__.split(".")[-2:]) for handler in HANDLER_TYPES}
    assert {folder for folder in SAMPLES.glob("*/*") if folder.is_dir()} == known
