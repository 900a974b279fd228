"""ARC's crunchings of versions before 5: the readers of Debian agree on what is written here."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import arc
from compat.containers import payload
from nacre.codecs import arc as codec
from nacre.model.budget import Budget
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

CONTENTS = {
    "text": payload()[:200_000],
    "runs": b"\x90" * 1000 + bytes(70_000) + b"ab" * 300,
    "one string again and again": b"a" * 5000,
}
READERS = {
    "arc": (["arc", "eow", "../x.arc"], arc.CRUNCHED),
    "nomarch": (["nomarch", "../x.arc"], (5, 6)),
    "unar": (["unar", "-q", "-f", "-D", "../x.arc"], arc.CRUNCHED),
}
CASES = [
    (reader, method, content)
    for reader, (_, methods) in READERS.items()
    for method in methods
    for content in CONTENTS
]


@pytest.mark.parametrize(("reader", "method", "content"), CASES)
def test_others_read_it(tmp_path: Path, reader: str, method: int, content: str) -> None:
    if not shutil.which(reader):
        pytest.skip(f"{reader} is not installed")
    data = CONTENTS[content]
    (tmp_path / "x.arc").write_bytes(arc.crunched({b"FILE.TXT": data}, method))
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(READERS[reader][0], cwd=out, check=True, capture_output=True, timeout=60)
    (file,) = out.iterdir()
    assert file.read_bytes() == data
    packed = Fmap.from_bytes(arc.crunch(method, data))
    names: dict[int, codec.Method] = {5: "arc-crunched-5", 6: "arc-crunched-6", 7: "arc-crunched-7"}
    decoded = codec.decode(packed, Budget(Limits()), names[method], len(data))
    assert decoded.data.read(0, len(data) + 1) == data
