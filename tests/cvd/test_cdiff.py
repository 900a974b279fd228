from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeds
from nacre.cvd.cdiff import Cdiff
from nacre.cvd.script import CdiffError
from nacre.cvd.signature import Key
from nacre.cvd.verify import verify
from nacre.cvd.write import pack, unpack
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path


def applied(tmp_path: Path, script: bytes, files: dict[str, bytes]) -> dict[str, bytes]:
    folder = tmp_path / "unpacked"
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    Cdiff.open(feeds.cdiff(tmp_path / "x.cdiff", 2, script), feeds.KEYS).apply(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("packed", [False, True])
def test_a_chain_of_cdiffs_leads_to_the_signed_database(tmp_path: Path, *, packed: bool) -> None:
    path = feeds.database(tmp_path / "daily.cvd", 7)
    folder = tmp_path / "unpacked"
    folder.mkdir()
    unpack(path, folder)
    for version in (8, 9):
        cdiff = Cdiff.open(feeds.step(tmp_path / "x", "daily", version), feeds.KEYS)
        assert cdiff.version == version
        cdiff.apply(folder)
    pack(folder, "daily", tmp_path / "daily.cld", packed=packed)
    assert verify(tmp_path / "daily.cld", feeds.KEYS).version == 9
    assert (folder / "daily.hdb").read_bytes() == feeds.lines(9)


@pytest.mark.parametrize(
    ("script", "after"),
    [
        (b"# nothing\n", {"a": b"1 x\n2 y\n3 z\n"}),
        (b"OPEN a\nDEL 2 2\nCLOSE\n", {"a": b"1 x\n3 z\n"}),
        (b"OPEN a\nDEL 3 3\nDEL 1 1 x\nADD 4\nCLOSE\n", {"a": b"2 y\n4\n"}),
        (b"OPEN a\nXCHG 2 2 two words\nCLOSE\n", {"a": b"1 x\ntwo words\n3 z\n"}),
        (b"OPEN b\nADD new\nADD \nCLOSE\n", {"a": b"1 x\n2 y\n3 z\n", "b": b"new\n\n"}),
        (b"MOVE a b 1 1 2 2\n", {"a": b"3 z\n", "b": b"1 x\n2 y\n"}),
        (b"UNLINK a\n", {}),
    ],
)
def test_commands(tmp_path: Path, script: bytes, after: dict[str, bytes]) -> None:
    assert applied(tmp_path, script, {"a": b"1 x\n2 y\n3 z\n"}) == after


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (b"OPEN a\nDEL 2 1\nCLOSE\n", "another one"),
        (b"OPEN a\nDEL 4 1\nCLOSE\n", "beyond the end"),
        (b"OPEN a\nDEL 1 1\nDEL 1 1\nCLOSE\n", "twice"),
        (b"OPEN a\nDEL 0 1\nCLOSE\n", "not a line number"),
        (b"OPEN a\nXCHG 1 1\nCLOSE\n", "missing"),
        (b"OPEN a\nOPEN b\n", "still open"),
        (b"OPEN a\n", "never closed"),
        (b"OPEN ../a\nCLOSE\n", "not a name"),
        (b"OPEN .\nCLOSE\n", "not a name"),
        (b"OPEN a.added\nCLOSE\n", "not a name"),
        (b"OPEN a.changed\nCLOSE\n", "not a name"),
        (b"ADD a\n", "no file is open"),
        (b"CLOSE\n", "no file is open"),
        (b"OPEN a\nUNLINK a\nCLOSE\n", "still open"),
        (b"UNLINK b\n", "No such file"),
        (b"MOVE a b 1 1 9 9\n", "only 3 lines"),
        (b"MOVE a b 2 2 2 2\n", "to a later one"),
        (b"MOVE a b 1 2 3 3\n", "another one"),
        (b"EXEC a\n", "not a command"),
        (b"UNLINK a", "no end"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, script: bytes, reason: str) -> None:
    with pytest.raises(CdiffError, match=reason):
        applied(tmp_path, script, {"a": b"1 x\n2 y\n3 z\n"})


def test_every_damage_is_seen_before_anything_is_unpacked(tmp_path: Path) -> None:
    raw = feeds.step(tmp_path / "x", "daily", 8).read_bytes()
    for number in range(0, len(raw) - 2, 7):
        flipped = bytearray(raw)
        flipped[number] ^= 1
        (tmp_path / "x").write_bytes(flipped)
        with pytest.raises(CdiffError):
            Cdiff.open(tmp_path / "x", feeds.KEYS)
        (tmp_path / "x").write_bytes(raw[:number])
        with pytest.raises(CdiffError):
            Cdiff.open(tmp_path / "x", feeds.KEYS)


@given(script=st.binary(max_size=200) | st.text("OPENADL CLSa1\n", max_size=80).map(str.encode))
def test_any_script_is_applied_or_refused(
    tmp_path_factory: pytest.TempPathFactory, script: bytes
) -> None:
    folder = tmp_path_factory.mktemp("cdiff")
    try:
        after = applied(folder, script, {"a": b"1\n"})
    except CdiffError:
        return
    assert all("/" not in name for name in after)


def test_memory_is_bounded(tmp_path: Path) -> None:
    script = b"OPEN a\n" + b"ADD %060d\n" % 7 * 200_000 + b"CLOSE\n"
    tracemalloc.start()
    try:
        assert len(applied(tmp_path, script, {})["a"]) == 61 * 200_000
        baseline = 61 * 200_000 + len(script)  # what the test itself holds
        assert tracemalloc.get_traced_memory()[1] < baseline + (8 << 20)
    finally:
        tracemalloc.stop()


def test_a_container_that_is_not_what_it_was_is_refused(tmp_path: Path) -> None:
    path = feeds.database(tmp_path / "daily.cvd", 7)
    raw = path.read_bytes()
    assert verify(path, feeds.KEYS).version == 7
    for number in (35, 80, 520, len(raw) // 2, len(raw) - 3):
        flipped = bytearray(raw)
        flipped[number] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(DatabaseError):
            verify(path, feeds.KEYS)
    other = replace(feeds.KEYS, header=Key(feeds.KEYS.info.modulus - 2, 65537))
    path.write_bytes(raw)
    with pytest.raises(DatabaseError, match="digital signature"):
        verify(path, other)
