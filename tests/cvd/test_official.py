"""What ClamAV really signed, with the built-in keys; flipped bits do not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from nacre.cvd.header import Header
from nacre.cvd.info import Info
from nacre.cvd.signature import OFFICIAL, signed_digest
from nacre.cvd.verify import verify
from nacre.model.errors import DatabaseError

SIGNED = Path(__file__).parents[3] / "shared" / "signatures"
pytestmark = pytest.mark.skipif(
    not SIGNED.is_dir(), reason="no signatures of ClamAV beside the repository (../shared)"
)


def test_a_container(tmp_path: Path) -> None:
    real = SIGNED / "bytecode.cvd"
    assert verify(real, OFFICIAL).version == 268
    data = real.read_bytes()
    # The header's digest and signature, and the content at places all over.
    for at in (70, 110, 200, 600, *range(700, len(data), 7919)):
        damaged = bytearray(data)
        damaged[at] ^= 1
        path = tmp_path / "bytecode.cvd"
        path.write_bytes(damaged)
        with pytest.raises(DatabaseError):
            verify(path, OFFICIAL)
    (tmp_path / "bytecode.cvd").write_bytes(data[:-1000])
    with pytest.raises(DatabaseError):
        verify(tmp_path / "bytecode.cvd", OFFICIAL)


def test_a_digest_list() -> None:
    raw = (SIGNED / "main-57.info").read_bytes()
    header = Header.parse(raw.split(b"\n", 1)[0], "main")
    info = Info.parse(raw, header, "main")
    assert signed_digest(info.signature or "", info.digest, OFFICIAL.info)
    flipped = raw.replace(b"main.hdb:3607299", b"main.hdb:3607298")
    wrong = Info.parse(flipped, header, "main")
    assert not signed_digest(wrong.signature or "", wrong.digest, OFFICIAL.info)
