"""Databases in these tests live in their own folders; images never go to the user's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nacre.database import cache
from nacre.database.cache import compile_to

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.database.cache import Wanted
    from nacre.database.record import Record


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nacre"


@pytest.fixture(autouse=True)
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every image that was compiled."""
    made: list[Path] = []

    def counted(wanted: Wanted, path: Path, *, canaries: bool = False) -> Record:
        made.append(path)
        return compile_to(wanted, path, canaries=canaries)

    monkeypatch.setattr(cache, "compile_to", counted)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database folder with one signature."""
    made = tmp_path / "db"
    made.mkdir(mode=0o755)
    (made / "a.hdb").write_text("d23e77e8c92f3b7555c772646cdbba96:5:A\n")
    return made
