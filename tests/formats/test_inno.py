"""Setup programs of Inno Setup: as innoextract reads them, and what headers may say."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inno
from nacre.filetype.own import own_type
from nacre.formats.installer.inno import InnoHandler
from nacre.model.budget import Budget
from nacre.model.errors import FormatError, LimitExceeded
from nacre.model.event import Child, Member, Problem
from nacre.model.filetype import FileType
from nacre.model.fmap import Fmap
from nacre.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.model.event import Event

CODE = (
    bytes(range(256)) * 40
    + b"\xe8\x10\0\0\0\xe9\0\xff\xff\xff" * 300
    + bytes(60_000)
    + b"\xe8\1" * 50_000
)
FILES = [
    [
        inno.File(r"{app}\one.txt", b"first text " * 500),
        inno.File(r"{app}\sub\two.exe", CODE, calls=True),
    ],
    [inno.File(r"{tmp}\three.bin", b"third" * 1000)],
]
METHODS = {"stored": 0, "zlib": 1, "bzip2": 2, "lzma": 3, "lzma2": 4}


def events(data: bytes) -> list[Event]:
    return list(InnoHandler().extract(Fmap.from_bytes(data), Budget(Limits())))


def contents(found: list[Event]) -> dict[bytes, bytes]:
    return {one.name: one.data.read(0, len(one.data)) for one in found if isinstance(one, Child)}


def wanted() -> dict[bytes, bytes]:
    return {one.path.replace("\\", "/").encode(): one.content for chunk in FILES for one in chunk}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize(
    "version", [(5, 5, 7), (6, 3, 0), (6, 4, 1), (6, 4, 3), (6, 5, 2), (6, 7, 0)]
)
def test_files_are_opened(method: int, version: tuple[int, int, int]) -> None:
    data = inno.setup(FILES, method, version)
    assert own_type(Fmap.from_bytes(data)) is FileType.INNO
    found = events(data)
    assert [one for one in found if isinstance(one, Problem)] == []
    opened = contents(found)
    script = opened.pop(b"setup.0")
    assert "{app}".encode("utf-16-le") in script
    assert opened == wanted()
    assert len([one for one in found if isinstance(one, Member)]) == 3


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_innoextract_reads_what_the_encoder_writes(method: int, tmp_path: Path) -> None:
    if shutil.which("innoextract") is None:
        pytest.skip("needs innoextract")
    (tmp_path / "setup.exe").write_bytes(inno.setup(FILES, method))
    command = ["innoextract", "-s", "-d", str(tmp_path / "out"), str(tmp_path / "setup.exe")]
    subprocess.run(command, check=True, capture_output=True)
    out = tmp_path / "out"
    read = {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }
    assert read == {
        name.decode().replace("{", "").replace("}", ""): content
        for name, content in wanted().items()
    }


@pytest.mark.parametrize("version", [(5, 5, 7), (6, 7, 0)])
def test_the_program_that_the_loader_runs_is_opened(version: tuple[int, int, int]) -> None:
    found = events(inno.setup(FILES, inno.LZMA, version, program=CODE))
    assert [one for one in found if isinstance(one, Problem)] == []
    assert contents(found)[b"setup.e32"] == CODE
    plain = bytes(range(200)) * 9  # one without calls is the same before and after
    assert contents(events(inno.setup(FILES, 0, version, program=plain)))[b"setup.e32"] == plain


def test_another_program_than_the_table_says_is_told() -> None:
    data = bytearray(inno.setup(FILES, inno.LZMA, program=CODE))
    data[-100] ^= 1
    reasons = [one.reason for one in events(bytes(data)) if isinstance(one, Problem)]
    assert reasons == ["setup.e32: the content has another checksum than it should"]


def test_files_and_headers_beside_the_program_are_opened() -> None:
    data = inno.setup(FILES, inno.ZLIB)
    headers_at = data.index(b"Inno Setup Setup")
    files = b"idska32\x1a" + bytes(4) + data[data.index(b"zlb\x1a") : headers_at]
    for part in (data[headers_at:], files):
        assert own_type(Fmap.from_bytes(part)) is FileType.INNO
    assert "{app}".encode("utf-16-le") in contents(events(data[headers_at:]))[b"setup.0"]
    opened = contents(events(files))
    assert b"third" * 1000 in opened.values()
    alone = inno.setup([[inno.File("{app}/code", b"MZ" + CODE, calls=True)]], inno.ZLIB)
    chunk = alone[alone.index(b"zlb\x1a") : alone.index(b"Inno Setup Setup")]
    assert b"MZ" + CODE in contents(events(b"idska32\x1a" + bytes(4) + chunk)).values()


def test_encrypted_files_are_told() -> None:
    found = events(inno.setup([[inno.File(r"{app}\a", b"text", encrypted=True)]], inno.ZLIB))
    assert [one.reason for one in found if isinstance(one, Problem)] == ["{app}/a: encrypted"]
    assert [one.encrypted for one in found if isinstance(one, Member)] == [True]


def test_without_headers_the_chunks_are_opened() -> None:
    data = inno.setup(FILES, inno.LZMA2)
    at = data.index(b"Inno Setup Setup") + 64
    damaged = data[:at] + bytes(4) + data[at + 4 :]
    found = events(damaged)
    assert "headers" in next(one.reason for one in found if isinstance(one, Problem))
    assert b"third" * 1000 in contents(found).values()


def test_a_damaged_file_is_told() -> None:
    data = bytearray(inno.setup(FILES, inno.STORED))
    data[data.index(b"third")] ^= 1
    reasons = [one.reason for one in events(bytes(data)) if isinstance(one, Problem)]
    assert reasons == ["{tmp}/three.bin: the content has another checksum than it should"]


def test_files_elsewhere_are_told() -> None:
    data = inno.setup(FILES, inno.ZLIB)
    table = data.index(inno.MARK)
    changed = data[: table + 36] + bytes(4)
    changed += inno.checksum(changed[table:]) + data[table + 44 :]
    reasons = [one.reason for one in events(changed) if isinstance(one, Problem)]
    assert set(reasons) == {"files in a file beside the program (setup-1.bin)"}


@given(st.data())
def test_any_bytes_end(draw: st.DataObject) -> None:
    data = bytearray(inno.setup(FILES[1:], inno.ZLIB))
    for _ in range(draw.draw(st.integers(0, 8))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(0, len(data)))
    with contextlib.suppress(FormatError, LimitExceeded):
        events(bytes(data[:cut]))
