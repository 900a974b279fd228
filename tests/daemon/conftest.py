from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for all tests of a module that leave it as it was."""
    with Daemon(tmp_path_factory.mktemp("clamd")) as daemon:
        yield daemon
