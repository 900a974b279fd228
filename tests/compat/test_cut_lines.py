"""Members of containers that end in the middle of a line: what counts, and what is malformed."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from compat.program import Program

MARKS = b"\0\1\0\1 MARK0 MARK1 MARK2"
OTHER = "u.hdb", hashlib.md5(MARKS).hexdigest().encode() + b":%d:Whole\n" % len(MARKS)  # noqa: S324
LONG = b"L:0:*:" + b"41" * 5000 + b"\n"
MANY = b"".join(b"M%d:0:*:4142434445464748%08x\n" % (n, n) for n in range(3000))


def body(number: int) -> bytes:
    return b"S%d:0:*:" % number + (b"MARK%d" % number).hex().encode()


def logical(number: int) -> bytes:
    return b"L%d;Target:0;0;" % number + (b"MARK%d" % number).hex().encode()


CASES = {
    "whole": ("t.ndb", body(0) + b"\n" + body(1) + b"\n"),
    "no line feed": ("t.ndb", body(0) + b"\n" + body(1)),
    "no line feed at all": ("t.ndb", body(1)),
    "nonsense without a line feed": ("t.ndb", body(0) + b"\nx:y"),
    "nul": ("t.ndb", body(0) + b"\n" + body(1) + b"\0x\n" + body(2) + b"\n"),
    "nul and much behind it": ("t.ndb", body(0) + b"\n" + body(1) + b"\0x\n" + MANY),
    "long": ("t.ndb", body(0) + b"\n" + LONG + body(2) + b"\n"),
    "long at first": ("t.ndb", LONG + body(2) + b"\n"),
    "long and much behind it": ("t.ndb", body(0) + b"\n" + LONG + MANY),
    "long and much before it": ("t.ndb", body(0) + b"\n" + MANY + LONG + body(2) + b"\n"),
    "endless": ("t.ndb", body(0) + b"\n" + LONG[:-1] * 10 + b"\n"),
    "logical, no line feed": ("t.ldb", logical(0) + b"\n" + logical(1)),
    "logical, nul": ("t.ldb", logical(0) + b"\n" + logical(1) + b"\0x\n" + logical(2) + b"\n"),
    "logical, long": (
        "t.ldb",
        logical(0) + b"\nL;Target:0;0;" + b"41" * 20_000 + b"\n" + logical(2) + b"\n",
    ),
    "empty": ("t.ndb", b""),
}


def unsigned(path: Path, members: list[tuple[str, bytes]]) -> None:
    head = "ClamAV-VDB:07 Jan 2020 12-00 +0000:1:3:51:{}:x:builder:1578398400"
    listed = "".join(
        f"{name}:{len(data)}:{hashlib.sha256(data).hexdigest()}\n" for name, data in members
    )
    info = f"{path.stem}.info", f"{head.format('X')}\n{listed}".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in (("COPYING", b"x"), info, *members):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    content = gzip.compress(packed.getvalue())
    digest = hashlib.md5(content).hexdigest()  # noqa: S324 - what the format has
    path.write_bytes(head.format(digest).encode().ljust(512) + content)


@pytest.mark.parametrize("case", CASES)
def test_what_counts(case: str, peer: Program, ours: Program, tmp_path: Path) -> None:
    database, file = tmp_path / "test.cud", tmp_path / "marks"
    unsigned(database, [CASES[case], OTHER])
    file.write_bytes(MARKS)
    theirs = peer.scan(database, [file], "--allmatch")
    mine = ours.scan(database, [file], "--allmatch")
    assert mine.code == theirs.code
    if theirs.code != 2:
        assert mine.found(file) == theirs.found(file)
        assert mine.found(file)
