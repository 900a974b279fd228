from __future__ import annotations

import pytest

from nacre.model.fmap import Fmap
from nacre.parsers import any_case


@pytest.mark.parametrize("before", [0, 1, 253, 256, 700, 1 << 20])
def test_words_in_any_letters(before: int) -> None:
    data = Fmap.from_bytes(b"x" * before + b"OBJdata" + b"x" * before)
    assert any_case.find(data, b"objdata", 0) == before
    assert any_case.find(data, b"objdata", before) == before
    assert any_case.find(data, b"objdata", before + 1) == -1
