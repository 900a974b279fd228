from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.cvd import Container
from nacre.model.errors import DatabaseError

HEADER = "ClamAV-VDB:20 Aug 2015 10-50 -0400:268:47:63:X:X:builder:1440082241"
LINE = b"d23e77e8c92f3b7555c772646cdbba96:5:A\n"


def tar_of(members: list[tuple[str, bytes]], type_flag: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.type = type_flag if name == "x.hdb" else tarfile.REGTYPE
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def info_of(members: list[tuple[str, bytes]], header: str = HEADER, end: str = "") -> bytes:
    lines = [f"{name}:{len(data)}:{hashlib.sha256(data).hexdigest()}\n" for name, data in members]
    return f"{header}\n{''.join(lines)}{end}".encode()


def container(
    members: list[tuple[str, bytes]],
    info: bytes | None = None,
    *,
    packed: bool = True,
    header: str = HEADER,
    type_flag: bytes = tarfile.REGTYPE,
) -> bytes:
    listed = info_of(members) if info is None else info
    body = tar_of([("COPYING", b"text"), ("t.info", listed), *members], type_flag)
    return header.encode().ljust(512) + (gzip.compress(body) if packed else body)


def read(path: Path) -> dict[str, bytes]:
    wanted = Container.open(path).members(lambda name: name.endswith("db"))
    return {member.name: b"".join(member.chunks) for member in wanted}


def opened(tmp_path: Path, raw: bytes, name: str = "t.cud") -> dict[str, bytes]:
    path = tmp_path / name
    path.write_bytes(raw)
    return read(path)


@pytest.mark.parametrize("packed", [True, False])
def test_members_stream_and_the_rest_is_passed_over(tmp_path: Path, *, packed: bool) -> None:
    big = LINE * 100_000
    raw = container([("t.hdb", LINE), ("notes.txt", b"?"), ("u.hdb", big)], packed=packed)
    assert opened(tmp_path, raw) == {"t.hdb": LINE, "u.hdb": big}


def test_a_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.cud"
    path.write_bytes(container([("t.hdb", LINE)]))
    header = Container.open(path).header
    assert (header.version, header.signatures, header.level, header.seconds) == (
        268,
        47,
        63,
        1440082241,
    )
    assert header.build_time == "20 Aug 2015 10-50 -0400"


def test_the_digest_list_may_stand_behind(tmp_path: Path) -> None:
    body = tar_of([("t.hdb", LINE), ("t.info", info_of([("t.hdb", LINE)]))])
    for stored in (body, gzip.compress(body)):
        assert opened(tmp_path, HEADER.encode().ljust(512) + stored) == {"t.hdb": LINE}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no whole header"),
        (HEADER.encode(), "no whole header"),
        (b"X" + container([]), "not a CVD file"),
        (container([("t.hdb", LINE)], info_of([])), "not in the digest list"),
        (container([("t.hdb", LINE)], info_of([("t.hdb", LINE.upper())])), "Invalid checksum"),
        (
            container([("t.hdb", LINE)], info_of([], HEADER.replace("268", "269"))),
            "another version",
        ),
        (container([("t.hdb", LINE)], info_of([], HEADER, "junk\n")), "line 2"),
        (container([("t.hdb", LINE)], info_of([], HEADER, "a:b:c\n")), "line 2"),
        (container([("t.hdb", LINE)], info_of([("t.hdb", LINE)], HEADER, "\n")), "line 3"),
        (container([("a/t.hdb", LINE)], info_of([])), "not a plain file"),
        (container([("x.hdb", b"")], type_flag=tarfile.SYMTYPE), "not a plain file"),
        (container([("x.hdb", b"")], type_flag=tarfile.DIRTYPE), "not a plain file"),
        (HEADER.encode().ljust(512) + gzip.compress(tar_of([("t.hdb", LINE)])), "no digest list"),
        (container([("t.hdb", LINE)])[:600], "truncated"),
        (container([("t.hdb", LINE * 999)], packed=False)[:9000], "truncated"),
        (container([("t.hdb", LINE)])[:512], "no digest list"),
    ],
)
def test_damage_is_one_error_that_names_the_file(tmp_path: Path, raw: bytes, reason: str) -> None:
    with pytest.raises(DatabaseError, match=reason) as caught:
        opened(tmp_path, raw)
    assert str(tmp_path / "t.cud") in str(caught.value)


def test_official_containers_need_a_signed_list_and_a_cvd_the_digest_of_its_body(
    tmp_path: Path,
) -> None:
    members = [("t.hdb", LINE)]
    with pytest.raises(DatabaseError, match="Digital signature not found"):
        opened(tmp_path, container(members), "t.cld")
    signed = container(members, info_of(members, end="DSIG:abc\n"))
    assert opened(tmp_path, signed, "t.cld") == {"t.hdb": LINE}
    with pytest.raises(DatabaseError, match="Can't verify database integrity"):
        opened(tmp_path, signed, "t.cvd")
    digest = hashlib.md5(signed[512:], usedforsecurity=False).hexdigest()
    whole = HEADER.replace("X:X", f"{digest}:X").encode().ljust(512) + signed[512:]
    assert opened(tmp_path, whole, "t.cvd") == {"t.hdb": LINE}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="No such file"):
        Container.open(tmp_path / "t.cvd")


@given(
    packed=st.booleans(),
    cut=st.integers(0, 6000),
    at=st.integers(0, 6000),
    junk=st.binary(max_size=12),
)
def test_any_damage_gives_the_members_or_an_error(
    *, packed: bool, cut: int, at: int, junk: bytes
) -> None:
    members = [("t.hdb", LINE), ("u.hdb", LINE * 30)]
    raw = bytearray(container(members, packed=packed))
    raw[at : at + len(junk)] = junk
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.cud"
        path.write_bytes(raw[: len(raw) - cut])
        try:
            found = read(path)
        except DatabaseError:
            return
        for name, content in found.items():
            assert dict(members).get(name) == content


@pytest.mark.skipif(not shutil.which("sigtool"), reason="needs ClamAV's sigtool")
@pytest.mark.compat
def test_a_container_made_by_the_original_tool(tmp_path: Path) -> None:
    (tmp_path / "mine.hdb").write_bytes(LINE)
    (tmp_path / "COPYING").write_text("text\n")
    subprocess.run(
        ["sigtool", "--unsigned", "--cvd-version=7", "--build=mine.cud"],
        cwd=tmp_path,
        env={"SIGNDUSER": "tester", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert read(tmp_path / "mine.cud") == {"mine.hdb": LINE}
    assert Container.open(tmp_path / "mine.cud").header.version == 7
