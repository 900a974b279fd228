from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import updating

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def host(tmp_path: Path) -> Iterator[updating.Host]:
    with updating.updating(tmp_path) as made:
        yield made
