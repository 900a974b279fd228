"""Making containers: a CLD of an unpacked one after cdiffs, or a database of one's own."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tarfile
from typing import TYPE_CHECKING, BinaryIO, cast

from nacre.cvd import header as cvd_header
from nacre.cvd.container import Container
from nacre.cvd.header import Header
from nacre.cvd.info import MAX_SIZE
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from nacre.cvd.signer import Signer

# fmt: off
MEMBERS = (
    "info", "cfg", "ign", "ign2", "ftm", "db", "hdb", "hdu", "hsb", "hsu", "mdb", "mdu", "msb",
    "msu", "ndb", "ndu", "ldb", "ldu", "sdb", "zmd", "rmd", "idb", "fp", "sfp", "gdb", "pdb",
    "wdb", "crb", "cdb", "imp",
)
# fmt: on
"""Suffixes of what ClamAV puts into a container, in its order."""

_LICENCE = "COPYING"
_PIECE = 1 << 20
_MAX_MEMBERS = 10_000
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
"""Nothing that leaves the folder, hides in it, or looks like an option to a program."""


def unpack(path: Path, folder: Path) -> None:
    """Write every member of the container at `path` into `folder`, unchecked.

    Raises:
        DatabaseError: it is damaged, or has a member twice or far too many.
    """
    for number, member in enumerate(Container.open(path).unchecked()):
        if number >= _MAX_MEMBERS or not _NAME.fullmatch(member.name):
            raise DatabaseError(f"{path}: not a database (member {member.name!r})")
        try:
            with (folder / member.name).open("xb") as file:
                file.writelines(member.chunks)
        except FileExistsError as error:
            raise DatabaseError(f"{path}: {member.name} is there twice") from error


def header_of(folder: Path, database: str) -> Header:
    """What the digest list of an unpacked container says.

    Raises:
        DatabaseError: it has none.
    """
    path = folder / f"{database}.info"
    try:
        with path.open("rb") as file:
            return Header.parse(file.readline(cvd_header.SIZE), str(path))
    except OSError as error:
        raise DatabaseError(f"{path}: {error.strerror}") from error


def pack(folder: Path, database: str, path: Path, *, packed: bool) -> None:
    """Write the members in `folder` as a container at `path`, a new file, without a signature.

    Raises:
        DatabaseError: there is no digest list.
    """
    line = header_of(folder, database).line()
    with path.open("xb") as out:
        out.write(line.encode("ascii", "replace").ljust(cvd_header.SIZE))
        _body(folder, database, out, packed=packed)
        out.flush()
        os.fsync(out.fileno())


def build(folder: Path, database: str, path: Path, header: Header, signer: Signer) -> None:
    """Write a database of one's own: a digest list of the members in `folder`, and the container.

    Args:
        folder: the members; `database.info` is made in it.
        database: its name, such as ``daily``.
        path: the new file, packed.
        header: what it says of itself.
        signer: who signs it.

    Raises:
        NacreError: it has too many members, or cannot be signed.
    """
    _write_info(folder, database, header, signer)
    with path.open("xb") as out:
        out.write(b" " * cvd_header.SIZE)
        _body(folder, database, out, packed=True)
    md5 = Container(path, header).body_md5()
    line = header.line(md5, signer.header(md5)).encode()
    if len(line) > cvd_header.SIZE:
        raise DatabaseError(f"{path}: what the header says is too long")
    with path.open("r+b") as out:
        out.write(line.ljust(cvd_header.SIZE))
        out.flush()
        os.fsync(out.fileno())


def _write_info(folder: Path, database: str, header: Header, signer: Signer) -> None:
    info = folder / f"{database}.info"
    info.unlink(missing_ok=True)
    lines = [header.line() + "\n"]
    for name in _names(folder, database):
        if name != _LICENCE:
            member = folder / name
            with member.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{name}:{member.stat().st_size}:{digest}\n")
    text = "".join(lines).encode()
    signature = signer.info(hashlib.sha256(text).digest())
    if signature is not None:
        text += f"DSIG:{signature}\n".encode()
    if len(text) > MAX_SIZE:
        raise DatabaseError(f"{database}: too many members")
    info.write_bytes(text)


def _body(folder: Path, database: str, out: BinaryIO, *, packed: bool) -> None:
    if packed:
        with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as stream:
            _tar(folder, database, cast("BinaryIO", stream))  # it has all that is used of one
    else:
        _tar(folder, database, out)


def _tar(folder: Path, database: str, out: BinaryIO) -> None:
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT, bufsize=_PIECE) as tar:
        for name in _names(folder, database):
            entry = tarfile.TarInfo(name)
            entry.size = (folder / name).stat().st_size
            with (folder / name).open("rb") as file:
                tar.addfile(entry, file)


def _names(folder: Path, database: str) -> list[str]:
    """Members in the order of ClamAV's own containers."""
    names = [path.name for path in folder.iterdir() if path.is_file()]
    ranks = {_LICENCE: -1, **{f"{database}.{kind}": rank for rank, kind in enumerate(MEMBERS)}}
    return sorted(names, key=lambda name: (ranks.get(name, len(MEMBERS)), name))
