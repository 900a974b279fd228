from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nacre.database import Database
from nacre.engine import Scanner
from nacre.model.options import ScanOptions

if TYPE_CHECKING:
    from pathlib import Path

    from making import Build

    from nacre.model.limits import Limits


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds strict scanners from the text of signature files."""
    count = 0

    def _build(files: dict[str, str], limits: Limits | None = None, **options: Any) -> Scanner:
        nonlocal count
        count += 1
        folder = tmp_path / f"signatures{count}"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        database = Database.open([folder], strict=True)
        return Scanner(database, ScanOptions(strict=True, **options), limits)

    return _build
