from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import Upstream, mirroring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    with mirroring(tmp_path) as made:
        yield made
