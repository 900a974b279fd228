"""Whether a container is whole and by whom it should be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from nacre.cvd.container import Container
from nacre.cvd.header import Header
from nacre.cvd.info import MAX_SIZE, Info
from nacre.cvd.sign_file import UnreadableError, signed_by
from nacre.cvd.signature import opens_to_md5, signed_digest
from nacre.cvd.signer import signature_of
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

from nacre.cvd.signature import Keys

_UNLISTED = (".info", "copying")


def verify(
    path: Path, keys: Keys, *, signatures: Path | None = None, vouched: bool = False
) -> Header:
    """Read all of the container at `path`; what it says of itself, when all of it is true.

    A `.cvd` must be signed as a whole, every official container in its digest list, or a `.cvd` by
    a `.sign` file beside it; all listed members must be there, with their digests, and no others.

    Args:
        path: the container.
        keys: who is trusted.
        signatures: where its `.sign` file is, if not beside it.
        vouched: whether it is known otherwise who made it.

    Raises:
        DatabaseError: it is not so.
    """
    container = Container.open(path)
    info = container.info()
    vouched = vouched or _signed_beside(container, keys, signatures)
    if container.official and not vouched:
        if not signed_digest(info.signature or "", info.digest, keys.info):
            raise DatabaseError(f"{path}: Can't verify the digital signature of the digest list")
        if path.suffix.lower() == ".cvd":
            _whole(container, keys)
    missing = set(info.digests)
    for member in container.members(lambda name: not name.lower().endswith(_UNLISTED)):
        for _ in member.chunks:
            pass
        missing.discard(member.name)
    if missing:
        raise DatabaseError(f"{path}: {min(missing)} is missing")
    return container.header


def _signed_beside(container: Container, keys: Keys, signatures: Path | None) -> bool:
    """Whether a `.sign` file vouches for it; without one that can be read the other way counts."""
    if keys.authorities is None or container.path.suffix.lower() != ".cvd":
        return False
    beside = signature_of(container.path, container.header.version)
    if signatures is not None:
        beside = signatures / beside.name
    try:
        signed_by(container.path, beside, keys.authorities)
    except UnreadableError:
        return False
    # Whoever signs several databases does not want one to be taken for another.
    database = beside.name.partition("-")[0]
    lists = (each.name for each in container.unchecked() if each.name.lower().endswith(".info"))
    if (found := next(lists, "")) != f"{database}.info":
        raise DatabaseError(f"{container.path}: signed, but as another database ({found!r})")
    return True


def verify_folder(folder: Path, database: str) -> None:
    """That the members in `folder` are those of its digest list; other files may be there too.

    Raises:
        DatabaseError: a member is missing or another one, or there is no list.
    """
    path = folder / f"{database}.info"
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise DatabaseError(f"{path}: {error.strerror}") from error
    if len(raw) > MAX_SIZE:
        raise DatabaseError(f"{path}: too large for a digest list")
    info = Info.parse(raw, Header.parse(raw.partition(b"\n")[0], str(path)), str(path))
    for name, listed in info.digests.items():
        member = folder / name
        try:
            with member.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except OSError as error:
            raise DatabaseError(f"{member}: {error.strerror}") from error
        if listed != (size, digest):
            raise DatabaseError(f"{member}: Invalid checksum")


def _whole(container: Container, keys: Keys) -> None:
    """That the header is signed; that its digest is true shows at the end of the members."""
    header = container.header
    is_md5 = len(header.md5) == 32 and not set(header.md5) - set("0123456789abcdef")  # noqa: PLR2004 - hex digits
    if not is_md5 or not opens_to_md5(header.signature, header.md5, keys.header):
        raise DatabaseError(f"{container.path}: Can't verify the digital signature")
