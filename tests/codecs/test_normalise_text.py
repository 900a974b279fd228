from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.codecs.normalise import normalise_text
from nacre.model.errors import NacreError
from nacre.model.fmap import Fmap
from storage import no_large_files

if TYPE_CHECKING:
    from pathlib import Path


def normalised(data: bytes) -> bytes:
    copy = normalise_text(Fmap.from_bytes(data), "/nowhere")
    return copy.read(0, len(copy))


def reference(data: bytes) -> bytes:
    kept = bytes(byte for byte in data if 9 <= byte <= 13 or 0x20 <= byte <= 0x7F)
    return re.sub(rb"\s+", b" ", kept).lower()


@given(st.binary() | st.text(" \n\0aBé").map(lambda text: text.encode("latin-1")))
def test_equals_the_reference(data: bytes) -> None:
    assert normalised(data) == reference(data)


def test_a_copy_that_cannot_be_kept_is_an_error() -> None:
    text = Fmap.from_bytes(b"x" * (17 << 20))
    with no_large_files(), pytest.raises(NacreError, match="temporary file"):
        normalise_text(text, "/nowhere")
    assert len(normalise_text(text, "/nowhere")) == len(text)  # in memory


@pytest.mark.compat
@pytest.mark.skipif(shutil.which("clamscan") is None, reason="ClamAV is not installed")
def test_signatures_match_the_copy_where_the_peers_do(tmp_path: Path) -> None:
    texts = [
        b"Abc \xe4\xf6 D\x80E end", b"\t x\x0by\r\n zz", b"a\xffb\x07  C\x1b",
        b"ABC\r\n\r\n  \xa0 def\n",
        b"word " * 30_000, b"tabs\t\t\tAnd   More " * 20,
    ]  # fmt: skip
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.txt").write_bytes(text)
        pattern = normalised(text)[:60].hex()
        (tmp_path / f"{number}.ndb").write_text(f"T{number}:7:0:{pattern}\n")
        done = subprocess.run(
            [
                "clamscan",
                "--no-summary",
                "-d",
                tmp_path / f"{number}.ndb",
                tmp_path / f"{number}.txt",
            ],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1, (text[:40], done.stdout)
