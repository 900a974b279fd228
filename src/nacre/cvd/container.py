"""A container and its members.

The tar is read by the letter of what databases need: names without a slash in the first 100 bytes
of the header block, octal sizes, regular files only. Anything else is an error, not a feature.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacre.cvd import header as cvd_header
from nacre.cvd.header import Header
from nacre.cvd.info import MAX_SIZE, Info
from nacre.cvd.stream import Stream
from nacre.model.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BLOCK = 512
_NAME = slice(0, 100)
_SIZE = slice(124, 136)
_TYPE_FLAG = slice(156, 157)
_REGULAR = (b"0", b"\0")
_OCTAL = re.compile(rb" *([0-7]{1,11})[ \0]*")


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a container; its bytes are read while the container is."""

    name: str
    size: int
    chunks: Iterator[memoryview]


@dataclass(frozen=True, slots=True)
class Container:
    """A CVD, CLD or CUD file, by its name."""

    path: Path
    header: Header

    @classmethod
    def open(cls, path: Path) -> Container:
        """Read the header of the container at `path`.

        Raises:
            DatabaseError: it cannot be read or is no container.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(cvd_header.SIZE)
        except OSError as error:
            raise DatabaseError(f"{path}: {error.strerror}") from error
        if len(raw) < cvd_header.SIZE:
            raise DatabaseError(f"{path}: Broken or not a CVD file (no whole header)")
        return cls(path, Header.parse(raw, str(path)))

    @property
    def official(self) -> bool:
        """Whether its signatures are published ones, which keep their names as they are."""
        return self._suffix in {".cvd", ".cld"}

    def members(self, wanted: Callable[[str], bool]) -> Iterator[Member]:
        """Every member whose name is `wanted`, in order; each must be in the digest list.

        A member's chunks belong to the iteration and are gone with its next step. What they are fed
        to must be thrown away when an error follows, because a digest is known only at its end.

        Raises:
            DatabaseError: the container is damaged, truncated or not what its digests say.
        """
        info = self.info()
        with self._body() as stream:
            for member in self._entries(stream):
                if wanted(member.name):
                    yield Member(member.name, member.size, self._checked(member, info))
                _drain(member.chunks)
            if self._suffix == ".cvd" and stream.md5() != self.header.md5:
                raise DatabaseError(f"{self.path}: Can't verify database integrity")

    def unchecked(self) -> Iterator[Member]:
        """Every member in order, the licence and the digest list too; nothing is compared.

        Raises:
            DatabaseError: the tar is damaged.
        """
        with self._body() as stream:
            for member in self._entries(stream):
                yield member
                _drain(member.chunks)

    def body_md5(self) -> str:
        """The MD5 of everything after the header, as the header should have it."""
        with self._body() as stream:
            return stream.md5()

    @property
    def _suffix(self) -> str:
        return self.path.suffix.lower()

    @contextmanager
    def _body(self) -> Iterator[Stream]:
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise DatabaseError(f"{self.path}: {error.strerror}") from error
        with file:
            file.seek(cvd_header.SIZE)
            yield Stream(file, str(self.path))

    def info(self) -> Info:
        """The digest list, which stands near the beginning.

        Raises:
            DatabaseError: it is missing or malformed.
        """
        with self._body() as stream:
            for member in self._entries(stream):
                if member.name.lower().endswith(".info"):
                    if member.size > MAX_SIZE:
                        break
                    info = Info.parse(b"".join(member.chunks), self.header, str(self.path))
                    if self.official and not info.signed:
                        raise DatabaseError(f"{self.path}: Digital signature not found")
                    return info
                _drain(member.chunks)
        raise DatabaseError(f"{self.path}: no digest list")

    def _entries(self, stream: Stream) -> Iterator[Member]:
        """Every member of the tar; the chunks of one must be read before the next."""
        while block := stream.exactly(_BLOCK):
            name = block[_NAME].partition(b"\0")[0].decode("ascii", "surrogateescape")
            if not name:
                return
            size = _OCTAL.fullmatch(block[_SIZE])
            if "/" in name or block[_TYPE_FLAG] not in _REGULAR or size is None:
                raise DatabaseError(f"{self.path}: member {name!r} is not a plain file")
            length = int(size[1], 8)
            yield Member(name, length, stream.pieces(length))
            _drain(stream.pieces(-length % _BLOCK))

    def _checked(self, member: Member, info: Info) -> Iterator[memoryview]:
        """The chunks of `member`, and an error at their end when they are not the listed ones."""
        listed = info.digests.get(member.name)
        if listed is None:
            raise DatabaseError(f"{self.path}: {member.name} is not in the digest list")
        digest = hashlib.sha256()
        for chunk in member.chunks:
            digest.update(chunk)
            yield chunk
        if listed != (member.size, digest.hexdigest()):
            raise DatabaseError(f"{self.path}: Invalid checksum for file {member.name}")


def _drain(chunks: Iterator[memoryview]) -> None:
    for _ in chunks:
        pass
